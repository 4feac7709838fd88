import RoostCore

/// Takes a while and has one effect, which the ledger of the store is told of.
package struct FaultJob: Job {
    package static let kind = "fault"

    package var microseconds: Int
    /// Goes on although its task was cancelled, as a job that blocks would.
    package var ignoresCancel = false
    /// Takes room.
    package var padding: String?

    package init(microseconds: Int, ignoresCancel: Bool = false, padding: String? = nil) {
        self.microseconds = microseconds
        self.ignoresCancel = ignoresCancel
        self.padding = padding
    }

    package func run() async throws {
        guard let context = JobContext.current, let store = context.queue.store as? LedgerStore else {
            preconditionFailure("a job of these tests runs on a store that tells the ledger")
        }
        store.ledger.note(.started(attempt: context.attempt), context.id, by: store.client)
        let end = ContinuousClock.now + .microseconds(microseconds)
        if ignoresCancel {
            while ContinuousClock.now < end { await Self.pause(until: min(end, .now + .milliseconds(5))) }
        } else {
            try await Task.sleep(until: end)
        }
        store.ledger.note(.effect(attempt: context.attempt), context.id, by: store.client)
    }

    /// A sleep that nobody's cancel ends.
    private static func pause(until time: ContinuousClock.Instant) async {
        await Task.detached { try? await Task.sleep(until: time) }.value
    }
}
