public import RoostCore
import Synchronization

/// A test clock that skips time: it stands still until the test moves it, so that an hour's wait takes no time and a
/// test never depends on how fast the machine is.
///
/// ```swift
/// let time = TestTimeSource()
/// let store = MemoryStore(time: time)
/// …
/// time.advance(by: .hours(1))
/// ```
///
/// A test that moves the clock while other tasks are on their way to sleep would race with them: wait with
/// ``waitForSleepers(_:)`` until they are asleep.
public final class TestTimeSource: TimeSource {
    private struct Sleeper {
        let number: Int
        let deadline: Duration
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct Watcher {
        let number: Int
        let count: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: Timestamp
        var uptime: Duration
        var nextNumber = 0
        /// By deadline; those of one deadline in the order in which they fell asleep.
        var sleepers: [Sleeper] = []
        var watchers: [Watcher] = []
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - now: the date to begin with: by default 2026-01-01 00:00 UTC.
    ///   - uptime: what the other clock shows at first.
    public init(now: Timestamp = Timestamp(microseconds: 1_767_225_600_000_000), uptime: Duration = .seconds(1000)) {
        self.state = Mutex(State(now: now, uptime: uptime))
    }

    public var now: Timestamp { state.withLock { $0.now } }

    public var uptime: Duration { state.withLock { $0.uptime } }

    /// How many tasks sleep.
    public var sleepers: Int { state.withLock { $0.sleepers.count } }

    /// When the first of them is to wake.
    public var nextDeadline: Duration? { state.withLock { $0.sleepers.first?.deadline } }

    /// Moves both clocks forward, and wakes the tasks whose time has come, the earliest deadline first.
    ///
    /// Woken tasks run when the system lets them, and see the time that this call ends at.
    public func advance(by duration: Duration) {
        precondition(duration >= .zero, "time does not go back; to move the date alone use jump(by:)")
        let woken = state.withLock { state in
            state.uptime += duration
            state.now = state.now + duration
            let count = state.sleepers.prefix { $0.deadline <= state.uptime }.count
            defer { state.sleepers.removeFirst(count) }
            return state.sleepers.prefix(count)
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    /// Moves both clocks to the deadline of the next sleeper and wakes it; does nothing if nobody sleeps.
    public func advanceToNextDeadline() {
        let rest = state.withLock { state in state.sleepers.first.map { $0.deadline - state.uptime } }
        if let rest { advance(by: max(rest, .zero)) }
    }

    /// Moves the date alone, forward or back, as when somebody sets the clock of the machine. Wakes nobody.
    public func jump(by duration: Duration) {
        state.withLock { $0.now = $0.now + duration }
    }

    @concurrent public func sleep(until deadline: Duration) async throws {
        let number = state.withLock { state in
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                fallAsleep(Sleeper(number: number, deadline: deadline, continuation: continuation))
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.sleepers.firstIndex { $0.number == number }.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Returns once at least `count` tasks sleep.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    public func waitForSleepers(_ count: Int) async throws {
        let number = state.withLock { state in
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.sleepers.count >= count { return .success(()) }
                    state.watchers.append(Watcher(number: number, count: count, continuation: continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let watcher = state.withLock { state in
                state.watchers.firstIndex { $0.number == number }.map { state.watchers.remove(at: $0) }
            }
            watcher?.continuation.resume(throwing: CancellationError())
        }
    }

    private func fallAsleep(_ sleeper: Sleeper) {
        // Decided under the lock: a cancel that comes later finds the sleeper in the list.
        let (result, watchers) = state.withLock { state -> (Result<Void, any Error>?, [Watcher]) in
            if Task.isCancelled { return (.failure(CancellationError()), []) }
            if sleeper.deadline <= state.uptime { return (.success(()), []) }
            let index = state.sleepers.firstIndex { $0.deadline > sleeper.deadline } ?? state.sleepers.count
            state.sleepers.insert(sleeper, at: index)
            let count = state.sleepers.count
            let content = state.watchers.filter { $0.count <= count }
            state.watchers.removeAll { $0.count <= count }
            return (nil, content)
        }
        if let result { sleeper.continuation.resume(with: result) }
        for watcher in watchers { watcher.continuation.resume() }
    }
}
