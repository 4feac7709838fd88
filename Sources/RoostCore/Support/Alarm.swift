import Synchronization

/// Ends the waits of one task for a signal when their time is up: one sleep serves many waits.
///
/// A sleep of the system's costs three switches of threads: when it begins, when it is cancelled, and when its time comes
/// although it was cancelled. The deadlines of an engine that is woken for each job mostly move on from wait to wait, so
/// here a sleep goes on when its wait is over, and looks at the present deadline when it ends.
final class Alarm: Sendable {
    private struct State {
        /// When the present wait is over; nil: nobody waits, or only for the signal.
        var deadline: Duration?
        /// Until when the alarm sleeps; nil: until it is told of a deadline.
        var asleepUntil: Duration?
    }

    private let signal: Signal
    private let time: any TimeSource
    private let sleepsOn: Bool
    private let state = Mutex(State())
    private let changed = Signal()

    /// - Parameter sleepsOn: whether sleeps outlast their waits; nil: where the time is the system's. Who moves a clock by
    ///   hand wishes to see who waits.
    init(_ signal: Signal, by time: any TimeSource, sleepsOn: Bool? = nil) {
        self.signal = signal
        self.time = time
        self.sleepsOn = sleepsOn ?? (time is SystemTimeSource)
    }

    /// Returns once the signal was rung, or `deadline` has passed; nil: only once it was rung.
    @concurrent func wait(until deadline: Duration?) async {
        guard sleepsOn, let deadline else { return await signal.wait(until: deadline, by: time) }
        if signal.takeRing() { return }
        let mustHurry = state.withLock { state in
            state.deadline = deadline
            return state.asleepUntil.map { deadline < $0 } ?? true
        }
        if mustHurry { changed.ring() }
        await signal.wait()
        state.withLock { $0.deadline = nil }
    }

    /// Whether somebody waits who has a deadline.
    var isAwaited: Bool { state.withLock { $0.deadline != nil } }

    /// Rings the signal at the deadlines, until ``end()``.
    func run() async {
        guard sleepsOn else { return }
        while !Task.isCancelled {
            let next = state.withLock { state in
                state.asleepUntil = state.deadline
                return state.deadline
            }
            await changed.wait(until: next, by: time)
            let isOver = state.withLock { state in
                guard let deadline = state.deadline, deadline <= time.uptime else { return false }
                state.deadline = nil
                return true
            }
            if isOver { signal.ring() }
        }
    }

    /// Lets ``run()`` return, once its task is cancelled.
    func end() {
        changed.ring()
    }
}
