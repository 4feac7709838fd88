// swift-tools-version: 6.3

import CompilerPluginSupport
import PackageDescription

/// The flags Hummingbird builds with. `NonisolatedNonsendingByDefault` stays off until a later compiler:
/// 6.3.1 crashes and misplaces hops under it (Documentation/decisions/0005-slots-and-executors.md).
let settings: [SwiftSetting] = [
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "roost",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Roost", targets: ["Roost"]),
        .library(name: "RoostCore", targets: ["RoostCore"]),
        .library(name: "RoostSQLite", targets: ["RoostSQLite"]),
        .library(name: "RoostPostgres", targets: ["RoostPostgres"]),
        .library(name: "RoostRedis", targets: ["RoostRedis"]),
        .library(name: "RoostCommands", targets: ["RoostCommands"]),
        .library(name: "RoostTesting", targets: ["RoostTesting"]),
        .executable(name: "roost", targets: ["RoostCLI"]),
    ],
    traits: [
        .default(enabledTraits: ["Macros", "SQLite"]),
        .trait(name: "Macros", description: "The @Job macro; builds swift-syntax."),
        // Not among the defaults: it needs libpq on the machine.
        .trait(name: "Postgres", description: "The Postgres store; needs libpq."),
        // Nor is this one: it builds SwiftNIO with its TLS, and needs hiredis on the machine.
        .trait(name: "Redis", description: "The Redis store; builds SwiftNIO and needs hiredis."),
        .trait(name: "SQLite", description: "The SQLite store; builds GRDB."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", "3.0.0"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.81.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.29.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.0.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.6.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin.git", from: "1.4.0"),
        .package(url: "https://github.com/swiftlang/swift-syntax.git", "600.0.1"..<"604.0.0"),
    ],
    targets: [
        .target(
            name: "RoostCore",
            dependencies: [
                "CJobSection",
                "CRuntimeHooks",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(name: "CJobSection"),
        .target(name: "CRuntimeHooks"),
        .target(
            name: "Roost",
            dependencies: [
                "RoostCore",
                .target(name: "RoostMacros", condition: .when(traits: ["Macros"])),
                .target(name: "RoostPostgres", condition: .when(traits: ["Postgres"])),
                .target(name: "RoostRedis", condition: .when(traits: ["Redis"])),
                .target(name: "RoostSQLite", condition: .when(traits: ["SQLite"])),
            ],
            swiftSettings: settings
        ),
        .macro(
            name: "RoostMacros",
            dependencies: [
                .product(name: "SwiftCompilerPlugin", package: "swift-syntax"),
                .product(name: "SwiftDiagnostics", package: "swift-syntax"),
                .product(name: "SwiftParser", package: "swift-syntax"),
                .product(name: "SwiftSyntax", package: "swift-syntax"),
                .product(name: "SwiftSyntaxBuilder", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacros", package: "swift-syntax"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RoostSQLite",
            dependencies: [
                "RoostCore",
                "CDoorbell",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings
        ),
        .target(name: "CDoorbell"),
        .target(
            name: "RoostRedis",
            dependencies: [
                "RoostCore",
                "RoostRedisClient",
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.embedInCode("Scripts")],
            swiftSettings: settings
        ),
        .target(
            name: "RoostRedisClient",
            dependencies: [
                "CHiredis",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings
        ),
        .systemLibrary(
            name: "CHiredis",
            pkgConfig: "hiredis",
            providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]
        ),
        .target(
            name: "RoostPostgres",
            dependencies: [
                "RoostCore",
                "RoostPostgresClient",
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.embedInCode("SQL")],
            swiftSettings: settings
        ),
        .target(
            name: "RoostPostgresClient",
            dependencies: [
                "CLibPQ",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .systemLibrary(
            name: "CLibPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]
        ),
        .target(
            name: "RoostTesting",
            dependencies: [
                "RoostCore",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RoostCommands",
            dependencies: [
                "RoostCore",
                .target(name: "RoostPostgres", condition: .when(traits: ["Postgres"])),
                .target(name: "RoostRedis", condition: .when(traits: ["Redis"])),
                "RoostSQLite",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        // Not `roost`: where case does not count, it would be one folder with `Roost`.
        .executableTarget(name: "RoostCLI", dependencies: ["RoostCommands"], swiftSettings: settings),
        // The examples. Nothing depends on them, so that a client's build leaves them out.
        .executableTarget(
            name: "DuplicateFiles",
            dependencies: [
                "Roost",
                "RoostCommands",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Examples/DuplicateFiles",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "SharedResources",
            dependencies: [
                "Roost",
                "RoostCommands",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Examples/SharedResources",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "SharedResourcesOnPostgres",
            dependencies: [
                "Roost",
                "RoostPostgres",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Examples/SharedResourcesOnPostgres",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "WorkerApp",
            dependencies: ["RoostCommands", "RoostCore"],
            path: "Tests/Apps/WorkerApp",
            swiftSettings: settings
        ),
        .target(name: "ProcessSupport", path: "Tests/Support/Processes", swiftSettings: settings),
        .target(name: "TCPProxy", path: "Tests/Support/TCPProxy", swiftSettings: settings),
        .target(
            name: "RedisSupport",
            dependencies: ["ProcessSupport", "TCPProxy"],
            path: "Tests/Support/Redis",
            swiftSettings: settings
        ),
        .target(
            name: "PostgresSupport",
            dependencies: ["ProcessSupport", "TCPProxy"],
            path: "Tests/Support/Postgres",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ServerTestProcess",
            dependencies: ["PostgresSupport", "ProcessSupport", "RedisSupport"],
            path: "Tests/Apps/ServerTestProcess",
            swiftSettings: settings
        ),
        .target(
            name: "FuzzProperties",
            dependencies: [
                "RoostCommands", "RoostCore", "RoostTesting", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Support/FuzzProperties",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Fuzz",
            dependencies: ["FuzzProperties"],
            path: "Tests/Apps/Fuzz",
            swiftSettings: settings
        ),
        .testTarget(
            name: "FuzzTests",
            dependencies: ["FuzzProperties"],
            resources: [.copy("Corpus")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RoostCommandsTests",
            dependencies: [
                "RoostCommands",
                "RoostCore",
                "RoostSQLite",
                "PostgresSupport",
                "ProcessSupport",
                "RedisSupport",
                "WorkerApp",
                "RoostCLI",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RoostCoreTests",
            dependencies: [
                "ProcessSupport",
                "RoostCore",
                "RoostTesting",
                "Simulate",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "SQLiteTestProcess",
            dependencies: ["RoostCore", "RoostSQLite"],
            path: "Tests/Apps/SQLiteTestProcess",
            swiftSettings: settings
        ),
        // Run by scripts/crash-test, and by scripts/simulate.
        .executableTarget(
            name: "CrashTest",
            dependencies: [
                "PostgresSupport",
                "ProcessSupport",
                "RedisSupport",
                "RoostCore",
                "RoostPostgres",
                "RoostRedis",
                "RoostSQLite",
                "RoostTesting",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Tests/Apps/CrashTest",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Simulate",
            dependencies: ["RoostCore", "RoostTesting"],
            path: "Tests/Apps/Simulate",
            swiftSettings: settings
        ),
        // Killed by RoostSQLiteTests and RoostPostgresTests.
        .executableTarget(
            name: "TransactionWorker",
            dependencies: [
                "RoostCore",
                "RoostPostgres",
                "RoostSQLite",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/Apps/TransactionWorker",
            swiftSettings: settings
        ),
        .testTarget(
            name: "RoostSQLiteTests",
            dependencies: [
                "RoostCore",
                "RoostSQLite",
                "RoostTesting",
                "ProcessSupport",
                "SQLiteTestProcess",
                "TransactionWorker",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "StoreFaults",
            dependencies: [
                "ProcessSupport",
                "RoostCore",
                "RoostTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/Support/StoreFaults",
            swiftSettings: settings
        ),
        // Frozen by RoostRedisTests and RoostPostgresTests.
        .executableTarget(
            name: "FaultWorker",
            dependencies: [
                "RoostCore",
                "RoostPostgres",
                "RoostRedis",
                "RoostTesting",
                "StoreFaults",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Tests/Apps/FaultWorker",
            swiftSettings: settings
        ),
        .testTarget(
            name: "RoostRedisTests",
            dependencies: [
                "FaultWorker",
                "ProcessSupport",
                "RedisSupport",
                "RoostCore",
                "RoostRedis",
                "RoostRedisClient",
                "RoostTesting",
                "StoreFaults",
                "TCPProxy",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PostgresSupportTests",
            dependencies: ["PostgresSupport", "ProcessSupport", "ServerTestProcess", "TCPProxy"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RoostPostgresClientTests",
            dependencies: [
                "PostgresSupport",
                "ProcessSupport",
                "RoostPostgresClient",
                "TCPProxy",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RoostPostgresTests",
            dependencies: [
                "FaultWorker",
                "PostgresSupport",
                "ProcessSupport",
                "RoostCore",
                "RoostPostgres",
                "RoostPostgresClient",
                "RoostTesting",
                "StoreFaults",
                "TCPProxy",
                "TransactionWorker",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RoostRedisClientTests",
            dependencies: [
                "ProcessSupport",
                "RedisSupport",
                "RoostRedisClient",
                "TCPProxy",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RedisSupportTests",
            dependencies: ["ProcessSupport", "RedisSupport", "ServerTestProcess", "TCPProxy"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ExamplesTests",
            dependencies: [
                "DuplicateFiles", "PostgresSupport", "ProcessSupport", "SharedResources", "SharedResourcesOnPostgres",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RoostTestingTests",
            dependencies: ["RoostCore", "RoostTesting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RoostMacrosTests",
            dependencies: [
                "RoostMacros",
                .product(name: "SwiftDiagnostics", package: "swift-syntax"),
                .product(name: "SwiftParser", package: "swift-syntax"),
                .product(name: "SwiftSyntax", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacroExpansion", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacros", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacrosGenericTestSupport", package: "swift-syntax"),
            ],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
