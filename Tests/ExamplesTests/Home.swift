import Foundation
import Testing

/// Where the jobs of an example live.
enum Home: String, Sendable, CaseIterable, CustomTestStringConvertible {
    case sqlite
    case redis

    /// Those that can be had here: Redis where `scripts/with-services` started one, and the examples are built with it.
    static var available: [Home] { server == nil ? [.sqlite] : allCases }

    private static var server: String? {
        #if Redis
        ProcessInfo.processInfo.environment["ROOST_REDIS_URL"]
        #else
        nil
        #endif
    }

    /// The arguments by which an example is told of a place that no other test has.
    func arguments(sqlite: [String]) -> [String] {
        guard self == .redis, let server = Self.server else { return sqlite }
        // A busy machine takes its time.
        return ["--store", "\(server)?namespace=example-\(UUID().uuidString)&timeout=60"]
    }

    var testDescription: String { rawValue }
}
