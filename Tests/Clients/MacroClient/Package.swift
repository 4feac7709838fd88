// swift-tools-version: 6.3

import PackageDescription

/// Every upcoming feature of Swift 6.3: what the macro writes must compile in the strictest of modules.
let everyFeature: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// Modules that must not compile: targets only when `Tests/Clients/check` asks for them.
let refused: [Target] =
    Context.environment["ROOST_REFUSED"]?.split(separator: " ").map { name in
        .target(
            name: String(name),
            dependencies: [.product(name: "Roost", package: "roost")],
            path: "MustNotCompile/\(name)"
        )
    } ?? []

let package = Package(
    name: "macro-client",
    platforms: [.macOS(.v15)],
    // With the traits that `scripts/test` builds with: the two share a build directory.
    dependencies: [.package(name: "roost", path: "../../..", traits: [.defaults, "Postgres", "Redis"])],
    targets: [
        .target(
            name: "AllFeatures",
            dependencies: [.product(name: "Roost", package: "roost")],
            swiftSettings: everyFeature
        ),
        .target(
            name: "MainActorDefault",
            dependencies: [.product(name: "Roost", package: "roost")],
            swiftSettings: everyFeature + [.defaultIsolation(MainActor.self)]
        ),
        .executableTarget(
            name: "client",
            dependencies: ["AllFeatures", "MainActorDefault", .product(name: "Roost", package: "roost")],
            swiftSettings: [.treatAllWarnings(as: .error)]
        ),
    ] + refused,
    swiftLanguageModes: [.v6]
)
