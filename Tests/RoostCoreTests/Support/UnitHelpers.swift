import Synchronization

@testable import RoostCore

/// A value that a closure can read and a test can set.
final class Box<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) {
        state = Mutex(value)
    }

    var value: Value {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    func change(_ body: (inout Value) -> Void) {
        state.withLock { body(&$0) }
    }
}

/// Jobs to test with.
enum Sample {
    struct Plain: Job {
        var number = 0

        func run() async throws {}
    }

    struct Number: Job {
        var number = 0

        func run() async throws -> Int { number * 2 }
    }

    /// A type with options of its own.
    struct Configured: Job {
        var number = 0

        static var options: JobOptions { JobOptions(queue: "mail", priority: 3, timeout: .seconds(9), retries: 4) }

        func run() async throws {}
    }
}

extension ClaimedJob {
    /// A job called by a name of one to eight ASCII characters.
    init(
        _ name: String,
        token: Int64 = 1,
        verdict: Verdict = .run,
        attempt: Int = 0,
        failures: Int = 0,
        crashes: Int = 0,
        isSolo: Bool = false
    ) {
        self.init(
            id: JobID(name: name),
            token: LeaseToken(token),
            verdict: verdict,
            kind: "Sample.Plain",
            queue: "default",
            attempt: attempt,
            failures: failures,
            crashes: crashes,
            isSolo: isSolo,
            enqueuedAt: Timestamp(microseconds: 0),
            readyAt: Timestamp(microseconds: 0)
        )
    }
}

extension JobID {
    /// An id that carries a name of one to eight ASCII characters.
    init(name: String) {
        self.init(high: 0, low: name.utf8.reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// The name that the id carries.
    var name: String {
        String(decoding: bytes.suffix(8).drop { $0 == 0 }, as: UTF8.self)
    }
}

extension JobEnd {
    /// The end in one word.
    var word: String {
        switch self {
        case .succeeded: "succeeded"
        case .failed(let record): "failed(\(record.reason.rawValue))"
        case .retry: "retry"
        case .cancelled(let record): "cancelled(\(record.reason.rawValue))"
        case .expired: "expired"
        case .released: "released"
        }
    }
}

extension SettleItem {
    init(_ name: String, token: Int64 = 1, end: JobEnd = .succeeded(output: nil)) {
        self.init(job: JobID(name: name), token: LeaseToken(token), end: end)
    }
}

extension SettlerStateMachine.Entry {
    init(_ name: String, token: Int64 = 1, end: JobEnd = .succeeded(output: nil)) {
        self.init(item: SettleItem(name, token: token, end: end), event: nil)
    }
}
