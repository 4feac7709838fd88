import Foundation
import RoostCore
import RoostPostgres
import RoostRedis
import RoostSQLite

/// What a child process does: `Bench child ROLE STORE …`, where STORE is `memory`, the path of a database or the URL of a server.
enum ChildRole {
    typealias Body = @Sendable (Arguments) async throws -> Figures?

    static let all: [String: Body] = [
        "fill": Filling.fill,
        "worker": WorkerChild.run,
        "drain": DrainChild.run,
        "enqueue": EnqueueChild.run,
        "both": BothChild.run,
        "exchanges": ExchangeChild.run,
        "latency": LatencyChild.run,
        "slots": SlotsChild.run,
        "held": HeldChild.run,
        "chord": GraphChild.chord,
        "plain": GraphChild.plain,
        "chain": GraphChild.chain,
        "beside": BesideChild.run,
        "flat": FlatChild.run,
        "idle": IdleChild.run,
        "proxy": ProxyChild.run,
        "padded": PaddedChild.run,
        "round-trips": RoundTripChild.run,
        "raw-fill": RawChild.fill,
        "raw-drain": RawChild.drain,
        "raw-enqueue": RawChild.enqueue,
        "raw-exchanges": RawChild.exchanges,
        "raw-redis-fill": RawRedisChild.fill,
        "raw-redis-drain": RawRedisChild.drain,
        "raw-redis-enqueue": RawRedisChild.enqueue,
    ]

    /// - Returns: the exit status.
    static func run(_ arguments: [String]) async -> Int32 {
        guard let name = arguments.first, let body = all[name] else {
            print("error unknown role; there are \(all.keys.sorted().joined(separator: ", "))")
            return 2
        }
        do {
            if let figures = try await body(Arguments(values: Array(arguments.dropFirst()))) {
                try sayResult(figures)
            }
            return 0
        } catch {
            say("error \(error)")
            return 1
        }
    }
}

/// Writes a line at once.
func say(_ line: String) {
    // Nobody is left to be told where this fails.
    try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
}

func sayResult(_ figures: Figures) throws {
    say("result " + String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))
}

/// What follows the role's name.
struct Arguments: Sendable {
    var values: [String]

    func text(_ index: Int) throws -> String {
        guard index < values.count else { throw Failure("argument \(index) is missing") }
        return values[index]
    }

    func number(_ index: Int) throws -> Int {
        guard let number = Int(try text(index)) else { throw Failure("argument \(index) is not a number") }
        return number
    }

    /// Opens the store that the first argument names.
    func store() async throws -> any JobStore {
        let name = try text(0)
        let provider: StoreProvider =
            if name == "memory" {
                .memory
            } else if name.hasPrefix("redis://") {
                .redis(name)
            } else if name.hasPrefix("postgres://") {
                .postgres(name)
            } else {
                .sqlite(name)
            }
        return try await provider.makeStore()
    }
}
