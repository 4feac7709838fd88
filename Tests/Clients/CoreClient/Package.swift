// swift-tools-version: 6.3

import PackageDescription

/// A user of the core alone: no macro, no database, and so neither swift-syntax nor GRDB.
let package = Package(
    name: "CoreClient",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "roost", path: "../../..", traits: [])],
    targets: [
        .executableTarget(name: "CoreClient", dependencies: [.product(name: "RoostCore", package: "roost")])
    ]
)
