import RoostCore

/// The journal of a store, written from looks at it.
struct Journal: Sendable {
    /// What a call asked for, as far as the journal tells of it.
    struct Asked: Sendable {
        var settled: [SettleItem] = []
        var lease: Duration = .zero
        var action: HistoryEvent.OperatorAction.Kind?
        var job: JobID?
    }

    private struct Lease: Sendable {
        var token: Int64
        var worker: Int64
        var until: Duration
    }

    /// The store after the last call.
    private(set) var view = JournalView()
    private var leases: [Lease] = []
    /// The claims that ended jobs.
    private var endedBy: [JobID: Int64] = [:]
    private var number: Int64 = 0

    /// What a call changed: `view` is the store after it.
    mutating func write(_ asked: Asked, _ view: JournalView, uptime: Duration) -> [HistoryEvent] {
        let at = uptime.simulatedMicroseconds
        var events: [HistoryEvent] = []
        if let kind = asked.action {
            events.append(.action(.init(number: next(), at: at, kind: kind, job: asked.job)))
        }
        events += workerChanges(to: view, at: at)
        for step in self.view.steps(to: view) {
            if let lease = newLease(step, until: uptime + asked.lease) {
                events.append(.lease(change(.made, lease, at: at)))
            }
            events.append(.transition(transition(step, asked.settled, at: at)))
        }
        self.view = view
        let held = Set(view.rows.lazy.filter { $0.state == .running }.map(\.token))
        for lease in leases where !held.contains(lease.token) {
            events.append(.lease(change(.ended, lease, at: at)))
        }
        leases.removeAll { !held.contains($0.token) }
        return events
    }

    mutating func extended(_ tokens: [LeaseToken], until: Duration, uptime: Duration) -> [HistoryEvent] {
        let tokens = Set(tokens.map(\.number))
        var events: [HistoryEvent] = []
        for index in leases.indices where tokens.contains(leases[index].token) {
            leases[index].until = until
            events.append(.lease(change(.extended, leases[index], at: uptime.simulatedMicroseconds)))
        }
        return events
    }

    func final(_ view: JournalView) -> [History.FinalJob] {
        view.rows.map { row in
            History.FinalJob(
                id: row.id,
                kind: row.kind,
                state: row.state,
                token: row.state == .running ? row.token : endedBy[row.id] ?? 0,
                claims: row.claims,
                attempt: row.attempt,
                crashes: row.crashes
            )
        }
    }

    // MARK: Events

    private mutating func next() -> Int64 {
        number += 1
        return number
    }

    private mutating func workerChanges(to later: JournalView, at: Int64) -> [HistoryEvent] {
        let old = Set(view.workers.map(\.id))
        let new = Set(later.workers.map(\.id))
        let changes: [(WorkerSnapshot, HistoryEvent.WorkerChange.Change)] =
            view.workers.filter { !new.contains($0.id) }.map { ($0, .forgotten) }
            + later.workers.filter { !old.contains($0.id) }.map { ($0, .registered) }
        return changes.map { worker, change in
            .worker(
                .init(
                    number: next(),
                    at: at,
                    worker: worker.id.number,
                    process: worker.registration.process,
                    change: change
                )
            )
        }
    }

    /// The lease that a step shows for the first time.
    private mutating func newLease(_ step: JournalStep, until: Duration) -> Lease? {
        guard let row = step.after, row.state == .running, !leases.contains(where: { $0.token == row.token }) else {
            return nil
        }
        let lease = Lease(token: row.token, worker: row.worker, until: until)
        leases.append(lease)
        return lease
    }

    private mutating func change(
        _ change: HistoryEvent.LeaseChange.Change,
        _ lease: Lease,
        at: Int64
    ) -> HistoryEvent.LeaseChange {
        .init(
            number: next(),
            at: at,
            token: lease.token,
            worker: lease.worker,
            change: change,
            until: lease.until.simulatedMicroseconds
        )
    }

    private mutating func transition(
        _ step: JournalStep,
        _ settled: [SettleItem],
        at: Int64
    ) -> HistoryEvent.Transition {
        let tokenBefore = step.before?.token ?? 0
        var token = step.after?.token ?? 0
        if let after = step.after, after.state.isFinished, step.before?.state == .running {
            // Ended by the settle that names it: by the one whose token fits, or else by one that should not have.
            let items = settled.filter { $0.job == after.id }
            let fits = items.contains { $0.token.number == tokenBefore }
            token = fits ? tokenBefore : items.first?.token.number ?? tokenBefore
            endedBy[after.id] = token
        }
        return .init(
            number: next(),
            at: at,
            job: step.row.id,
            kind: step.row.kind,
            from: step.before?.state,
            to: step.after?.state,
            tokenBefore: tokenBefore,
            token: token,
            claims: step.row.claims,
            attempt: step.row.attempt,
            crashes: step.row.crashes,
            openEdges: step.row.openEdges
        )
    }
}
