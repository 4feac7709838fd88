import RoostCore

/// All that a journal compares of a store: what it holds at one moment.
struct JournalView: Sendable {
    /// A job's row, as far as the history tells of it.
    struct Row: Sendable, Equatable {
        var id: JobID
        var kind: String
        var state: JobState
        /// The claim that holds it; 0: none.
        var token: Int64
        var worker: Int64
        var claims: Int
        var attempt: Int
        var crashes: Int
        var openEdges: Int

        /// The row without what may change in a step that is not worth an event.
        var face: Row {
            var row = self
            row.openEdges = 0
            return row
        }

        init(_ job: JobSnapshot) {
            self.id = job.id
            self.kind = job.kind
            self.state = job.state
            self.token = job.token?.number ?? 0
            self.worker = job.worker?.number ?? 0
            self.claims = job.claims
            self.attempt = job.attempt
            self.crashes = job.crashes
            self.openEdges = job.openEdges
        }
    }

    /// By id.
    var rows: [Row] = []
    /// In the order of their registration.
    var workers: [WorkerSnapshot] = []

    /// Looks at all that `store` holds.
    static func look(at store: any JobStore) async throws(StoreError) -> JournalView {
        var view = JournalView()
        view.rows = try await store.list(JobQuery(limit: .max)).map { Row($0) }
        view.workers = try await store.workers()
        return view
    }
}

/// One step that took a row from one state to the next.
struct JournalStep: Sendable {
    /// Steps of one call in the order in which a store may take them.
    enum Phase: Int, Comparable {
        case enqueued, left, moved, deleted, claimed

        static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    var phase: Phase
    /// nil: it was not there before.
    var before: JournalView.Row?
    /// nil: it is not there any more.
    var after: JournalView.Row?
    /// The later of the two.
    var row: JournalView.Row
}

extension JournalView {
    /// The steps that lead from this view to `later`, where both a claim's end and the next claim may lie in one call.
    func steps(to later: JournalView) -> [JournalStep] {
        var steps: [JournalStep] = []
        var old = rows[...]
        var new = later.rows[...]
        while let id = [old.first?.id, new.first?.id].compactMap({ $0 }).min() {
            let before = old.first?.id == id ? old.removeFirst() : nil
            let after = new.first?.id == id ? new.removeFirst() : nil
            if before?.face != after?.face { Self.add(before, after, to: &steps) }
        }
        // In order of phases; those of one phase by id, since the sort is stable.
        return steps.sorted { $0.phase < $1.phase }
    }

    private static func add(_ before: Row?, _ after: Row?, to steps: inout [JournalStep]) {
        guard let after else {
            guard let row = before else { return }
            return steps.append(JournalStep(phase: .deleted, before: before, after: nil, row: row))
        }
        guard after.state == .running, before?.token != after.token, before?.state != .ready else {
            let phase: JournalStep.Phase =
                if before == nil {
                    .enqueued
                } else if after.state == .running, before?.state != .running {
                    .claimed
                } else if before?.state == .running {
                    .left
                } else {
                    .moved
                }
            return steps.append(JournalStep(phase: phase, before: before, after: after, row: after))
        }
        // It was ready between the two.
        var ready = after
        ready.state = .ready
        ready.token = 0
        ready.worker = 0
        ready.claims = before?.claims ?? 0
        let phase: JournalStep.Phase = before == nil ? .enqueued : before?.state == .running ? .left : .moved
        steps.append(JournalStep(phase: phase, before: before, after: ready, row: ready))
        steps.append(JournalStep(phase: .claimed, before: ready, after: after, row: after))
    }
}
