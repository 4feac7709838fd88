import RoostCore
import Synchronization

/// Where the jobs of one test play: what they do is decided by the test, and their names are noted as they begin.
///
/// A job carries the number of its stage as an argument, so that tests that run at once do not meet.
final class Stage: Sendable {
    private static let all = Mutex<[Stage]>([])

    let number: Int
    let journal = Journal<String>()
    private let play: @Sendable (String) async throws -> String

    private init(number: Int, _ play: @escaping @Sendable (String) async throws -> String) {
        self.number = number
        self.play = play
    }

    /// - Parameter play: what a job does, given its name; by default it returns that.
    static func make(_ play: @escaping @Sendable (String) async throws -> String = { $0 }) -> Stage {
        all.withLock { stages in
            let stage = Stage(number: stages.count, play)
            stages.append(stage)
            return stage
        }
    }

    /// The names of the jobs that began, in order.
    var played: [String] { journal.entries }

    func callAsFunction(_ name: String = "job") -> Act {
        Act(stage: number, name: name)
    }

    fileprivate static func run(_ act: Act) async throws -> String {
        let stage = all.withLock { $0[act.stage] }
        stage.journal.note(act.name)
        return try await stage.play(act.name)
    }
}

/// A job that does what its test's stage says.
struct Act: Job {
    var stage: Int
    var name: String

    func run() async throws -> String { try await Stage.run(self) }
}

/// Lets tasks through once it is open.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var nextNumber = 0
        var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
    }

    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }

    /// - Throws: `CancellationError` as soon as the task is cancelled.
    func wait() async throws {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if state.isOpen { return .success(()) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiting[number] = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(throwing: CancellationError())
        }
    }
}

/// Returns once `condition` holds. The test's time limit ends a wait in vain.
func until(_ condition: () async throws -> Bool) async throws {
    var looks = 0
    while try await !condition() {
        looks += 1
        // Looking on and on would take the processor from what is waited for.
        if looks < 20 { await Task.yield() } else { try await Task.sleep(for: .microseconds(500)) }
    }
}
