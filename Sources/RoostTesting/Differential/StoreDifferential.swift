public import RoostCore

/// Drives two stores with the same random calls and compares all that they answer and show.
///
/// ```swift
/// let differential = StoreDifferential(
///     first: { MemoryStore(time: $0) }, second: { time in try await MyStore(time: time) }
/// )
/// try await differential.run(seed: 42)
/// ```
///
/// A seed always makes the same calls. Where the stores differ, the shortest run of calls that still shows it is looked
/// for, and told with the seed.
public struct StoreDifferential: Sendable {
    public typealias MakeStore = @Sendable (TestTimeSource) async throws -> any JobStore

    let first: MakeStore
    let second: MakeStore

    /// - Parameters:
    ///   - first: makes an empty store on the given time; it counts as the one that is right.
    ///   - second: makes an empty store of the other kind.
    public init(first: @escaping MakeStore, second: @escaping MakeStore) {
        self.first = first
        self.second = second
    }

    /// Makes `steps` calls of both stores.
    ///
    /// - Throws: ``StoreDifference`` where the stores differ, or what a store threw.
    public func run(seed: UInt64, steps: Int = 300) async throws {
        var generator = OperationGenerator(seed: seed)
        var calls = (0..<steps).map { _ in generator.next() }
        // To look at every job after every call takes most of the time, so that is left to when there is a difference.
        guard let seen = try await difference(of: calls, lookingEvery: 10) else { return }
        calls = Array(calls.prefix(seen.step + 1))
        var found = try await difference(of: calls) ?? seen
        calls = Array(calls.prefix(found.step + 1))
        // Leaves out ever smaller parts, as long as the stores differ without them.
        var part = max(calls.count / 2, 1)
        var budget = 300
        while budget > 0 {
            var start = 0
            while start < calls.count, calls.count > 1, budget > 0 {
                budget -= 1
                var fewer = calls
                fewer.removeSubrange(start..<min(start + part, calls.count))
                if let still = try await difference(of: fewer) {
                    found = still
                    calls = Array(fewer.prefix(still.step + 1))
                } else {
                    start += part
                }
            }
            if part == 1 { break }
            part /= 2
        }
        throw StoreDifference(seed: seed, calls: calls.map(\.description), message: found.message)
    }

    /// Where the stores first differ.
    private func difference(
        of calls: [StoreOperation],
        lookingEvery interval: Int = 1
    ) async throws -> (step: Int, message: String)? {
        let time = TestTimeSource()
        let run = DifferentialRun(first: try await first(time), second: try await second(time), time: time)
        var found: (step: Int, message: String)?
        do {
            found = try await run.firstDifference(in: calls, lookingEvery: interval)
        } catch {
            await run.close()
            throw error
        }
        await run.close()
        return found
    }
}

/// Two stores answered differently.
public struct StoreDifference: Error, Sendable, CustomStringConvertible {
    public let seed: UInt64
    /// The calls that show it, the last one last.
    public let calls: [String]
    public let message: String

    public var description: String {
        let list = calls.enumerated().map { "  \($0 + 1). \($1)" }.joined(separator: "\n")
        return "the stores differ (seed \(seed)) after\n\(list)\n\(message)"
    }
}
