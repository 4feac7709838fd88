public import RoostCore
import RoostPostgresClient

extension PostgresStore {
    @concurrent public func perform(_ request: ActionRequest) async throws(StoreError) -> ActionAnswer {
        let action = StoredAction(request.action)
        let failure: String? =
            switch request.action {
            case .cancel, .cancelGraph:
                try StoredFailure.encode(StoreRules.cancelled(by: request.by, why: request.why))
            default: nil
            }
        let sender = wakeUps.senderOfCall()
        let query = database.query(.perform) { parameters in
            parameters.append(database.now)
            parameters.append(sender)
            parameters.append(id: request.id.words)
            parameters.append(action.verb)
            parameters.append(action.target.withoutZeros)
            parameters.append(request.by.withoutZeros)
            parameters.append(request.why.withoutZeros)
            parameters.append(failure)
            parameters.append(id: action.job?.words)
            parameters.append(action.queue?.withoutZeros)
            parameters.append(action.kind?.withoutZeros)
            parameters.append(action.delay)
            parameters.append(action.time)
            parameters.append(action.once)
            parameters.append(action.until)
        }
        let result = try await database.run(query)
        let (news, hasMore, word, state, job, rows) = try database.read { () throws(PostgresError) in
            (
                try result.text(0, 0), try result.bool(0, 1), try result.text(0, 2), try result.optionalInt64(0, 3),
                try result.optionalId(0, 4), try ChangeRows(result)
            )
        }
        wakeUps.answered(news, told: sender != nil)
        return ActionAnswer(
            try answer(
                word,
                state: try state.map { state throws(StoreError) in try JobState(code: state) },
                job: job.map { JobID($0) }
            ),
            changes: try await changes(rows),
            hasMore: hasMore
        )
    }

    private func answer(_ word: String, state: JobState?, job: JobID?) throws(StoreError) -> ActionAnswer.Result {
        switch (word, state, job) {
        case ("done", _, _): return .done
        case ("requested", _, _): return .requested
        case ("unchanged", _, _): return .unchanged
        case ("notFound", _, _): return .notFound
        case ("refused", let state?, _): return .refused(state)
        case ("duplicate", _, let job?): return .duplicate(of: job)
        default: throw database.broken("an action is answered '\(word)'")
        }
    }
}

/// An action as `perform` takes it.
private struct StoredAction {
    var verb: String
    /// What the audit says it is about.
    var target: String
    var job: JobID?
    var queue: String?
    var kind: String?
    var delay: Int64?
    var time: Int64?
    var once: Bool?
    var until: Int64?

    init(_ action: StoreAction) {
        switch action {
        case .cancel(let id): self.init("cancel", id)
        case .cancelGraph(let graph): self.init("cancelGraph", graph)
        case .retry(let id): self.init("retry", id)
        case .delete(let id): self.init("delete", id)
        case .reschedule(let id, let start):
            self.init("reschedule", id)
            switch start {
            case .now: break
            case .after(let delay): self.delay = StoredDuration.microseconds(delay)
            case .at(let time): self.time = time.microseconds
            }
        case .pause(let queue, let kind): self.init("pause", queue, kind)
        case .resume(let queue, let kind): self.init("resume", queue, kind)
        case .revoke(let scope, let once, let until):
            self.init("revoke", scope)
            self.once = once
            self.until = until?.microseconds
        case .restore(let scope): self.init("restore", scope)
        }
    }

    private init(_ verb: String, _ job: JobID) {
        self.verb = verb
        self.target = job.description
        self.job = job
    }

    private init(_ verb: String, _ queue: String?, _ kind: String?) {
        self.verb = verb
        self.target = "\(queue ?? "*") \(kind ?? "*")"
        self.queue = queue
        self.kind = kind
    }

    private init(_ verb: String, _ scope: RevocationScope) {
        self.verb = verb
        switch scope {
        case .job(let id):
            self.target = "job \(id)"
            self.job = id
        case .kind(let kind):
            self.target = "kind \(kind)"
            self.kind = kind
        }
    }
}
