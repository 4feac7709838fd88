package import RoostCore
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The one thread of a simulation, and its time. It runs what is ready in an order drawn from a seed; where nothing is,
/// time jumps to the next sleeper, so that an hour's wait takes none.
///
/// It traps when something is handed to it from another thread: then a task escaped from the simulation, and a run could
/// not be repeated.
package final class SimulationExecutor: Sendable {
    private struct Ready {
        let job: UnownedJob
        let process: SimulatedProcess
    }

    private struct Sleeper {
        let number: Int
        let deadline: Duration
        let wake: @Sendable () -> Void
        var cancel: @Sendable () -> Void = {}
    }

    private struct State {
        var random: SeededRandom
        var uptime: Duration = .seconds(1000)
        /// The date when `uptime` was zero.
        var epoch = Timestamp(microseconds: 1_767_225_600_000_000)
        var ready: [Ready] = []
        /// What processes that are frozen would run.
        var held: [Ready] = []
        /// By deadline, the first one last; those of one deadline in the order in which they fell asleep.
        var sleepers: [Sleeper] = []
        var nextNumber = 0
        var steps = 0
    }

    private enum Next {
        case run(Ready)
        case wake(Sleeper)
        case nothing
    }

    private let state: Mutex<State>
    private let owner = SimulationExecutor.thread

    /// To be run on the thread that makes it.
    package init(seed: UInt64) {
        self.state = Mutex(State(random: SeededRandom(seed: seed)))
    }

    /// How many pieces of work were run.
    package var steps: Int { state.withLock { $0.steps } }

    /// Runs until nothing is ready and nobody sleeps, or `uptime` is reached.
    ///
    /// - Returns: whether it came to an end by itself.
    package func run(until limit: Duration) -> Bool {
        while uptime < limit {
            switch next() {
            case .run(let ready): ready.job.runSynchronously(on: ready.process.asUnownedTaskExecutor())
            case .wake(let sleeper): sleeper.wake()
            case .nothing: return true
            }
        }
        return false
    }

    private func next() -> Next {
        state.withLock { state in
            if let first = state.sleepers.last, state.ready.isEmpty || first.deadline <= state.uptime {
                state.uptime = max(state.uptime, first.deadline)
                state.sleepers.removeLast()
                return .wake(first)
            }
            guard !state.ready.isEmpty else { return .nothing }
            state.steps += 1
            // Each step takes a moment, so that time also passes while there is always something to do.
            state.uptime += .microseconds(Int.random(in: 1..<20, using: &state.random))
            let pick = Int.random(in: 0..<state.ready.count, using: &state.random)
            state.ready.swapAt(pick, state.ready.count - 1)
            return .run(state.ready.removeLast())
        }
    }

    func enqueue(_ job: UnownedJob, of process: SimulatedProcess) {
        precondition(Self.thread == owner, "enqueued from another thread: a task escaped from the simulation")
        state.withLock { state in
            let ready = Ready(job: job, process: process)
            if process.isFrozen { state.held.append(ready) } else { state.ready.append(ready) }
        }
    }

    /// To be called after `process` was frozen or woken: puts its work where it belongs.
    func sort(_ process: SimulatedProcess) {
        state.withLock { state in
            if process.isFrozen {
                state.held += state.ready.filter { $0.process === process }
                state.ready.removeAll { $0.process === process }
            } else {
                state.ready += state.held.filter { $0.process === process }
                state.held.removeAll { $0.process === process }
            }
        }
    }

    private static var thread: UInt {
        #if canImport(Darwin)
        UInt(bitPattern: pthread_self())
        #else
        UInt(pthread_self())
        #endif
    }
}

// MARK: Time

extension SimulationExecutor: TimeSource {
    package var now: Timestamp { state.withLock { $0.epoch + $0.uptime } }

    package var uptime: Duration { state.withLock { $0.uptime } }

    /// Moves the date alone, as when somebody sets the machine's clock.
    package func jump(by duration: Duration) {
        state.withLock { $0.epoch = $0.epoch + duration }
    }

    @concurrent package func sleep(until deadline: Duration) async throws {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
                let cancel = { @Sendable in continuation.resume(throwing: CancellationError()) }
                let wake = { @Sendable in continuation.resume() }
                fallAsleep(Sleeper(number: number, deadline: deadline, wake: wake, cancel: cancel))
            }
        } onCancel: {
            take(number)?.cancel()
        }
    }

    /// Sleeps as code does that does not look at its cancel.
    @concurrent package func pause(_ duration: Duration) async {
        let deadline = uptime + duration
        await withCheckedContinuation { continuation in
            fallAsleep(Sleeper(number: 0, deadline: deadline, wake: { continuation.resume() }))
        }
    }

    private func fallAsleep(_ sleeper: Sleeper) {
        state.withLock { state in
            // Behind those that wake later, before those that wake as early or earlier.
            let index = state.sleepers.lastIndex { $0.deadline > sleeper.deadline }.map { $0 + 1 } ?? 0
            state.sleepers.insert(sleeper, at: index)
        }
    }

    private func take(_ number: Int) -> Sleeper? {
        state.withLock { state in
            state.sleepers.firstIndex { $0.number == number }.map { state.sleepers.remove(at: $0) }
        }
    }
}
