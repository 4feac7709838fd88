// swift-tools-version: 6.3

import PackageDescription

/// A package of its own, so that a client of Roost never fetches or builds it, and so that Roost is built
/// as a client builds it without the macro: no trait, hence no swift-syntax.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "roost-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "roost", path: "..", traits: []),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.0.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CHiredisRaw",
            pkgConfig: "hiredis",
            providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]
        ),
        // A link to the TCPProxy of Roost's own tests, which is no product.
        .target(name: "BenchProxy", path: "Sources/TCPProxy", swiftSettings: settings),
        .executableTarget(
            name: "Bench",
            dependencies: [
                "CHiredisRaw",
                "BenchProxy",
                .product(name: "RoostCore", package: "roost"),
                .product(name: "RoostPostgres", package: "roost"),
                .product(name: "RoostRedis", package: "roost"),
                .product(name: "RoostSQLite", package: "roost"),
                .product(name: "RoostTesting", package: "roost"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "BenchTests",
            dependencies: [
                "Bench",
                .product(name: "RoostCore", package: "roost"),
                .product(name: "RoostPostgres", package: "roost"),
                .product(name: "RoostRedis", package: "roost"),
            ],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
