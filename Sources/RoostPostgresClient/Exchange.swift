/// Queries that go to the server together, and who waits for their results.
struct Submission: Sendable {
    typealias Answer = Result<[PostgresResult], CallFailure>

    let queries: [PostgresQuery]
    let deadline: ContinuousClock.Instant
    let continuation: CheckedContinuation<Answer, Never>
}

/// Queries that are on their way.
struct Exchange: Sendable {
    /// What the server answers with one result.
    enum Step: Sendable {
        case prepare(PreparedStatements.Key, name: String)
        case query
    }

    let submission: Submission
    var deadline: ContinuousClock.Instant
    private var steps: [Step] = []
    private var answered = 0
    private var results: [PostgresResult] = []
    private(set) var error: PostgresServerError?
    /// A cancel was sent, as it takes too long.
    var isCancelled = false

    init(_ submission: Submission) {
        self.submission = submission
        deadline = submission.deadline
    }

    mutating func expect(_ step: Step) { steps.append(step) }

    /// - Returns: what is now prepared.
    mutating func took(_ result: PostgresResult) -> (PreparedStatements.Key, name: String)? {
        defer { answered += 1 }
        guard answered < steps.count else { return nil }
        switch steps[answered] {
        case .prepare(let key, let name): return (key, name)
        case .query:
            results.append(result)
            return nil
        }
    }

    /// A step was not run.
    mutating func skipped() { answered += 1 }

    /// The first error is that which counts: others follow from it.
    mutating func failed(_ error: PostgresServerError) {
        answered += 1
        self.error = self.error ?? error
    }

    /// All of it is over: what the caller gets.
    var answer: Submission.Answer {
        if let error {
            let isOurs = isCancelled && error.state == "57014"
            return .failure(isOurs ? .timedOut(mayHaveRun: false) : .server(error))
        }
        guard results.count == submission.queries.count else {
            return .failure(.unexpectedAnswer("\(submission.queries.count) queries have \(results.count) results"))
        }
        // A commit whose wait for a standby is cancelled is answered like one that the standby has.
        if isCancelled { return .failure(.timedOut(mayHaveRun: true)) }
        return .success(results)
    }

    /// The connection ended before.
    ///
    /// - Parameter isSent: whether the server has all of it; it does nothing of a part.
    func answer(lost reason: String, isSent: Bool) -> Submission.Answer {
        if isCancelled { return .failure(.timedOut(mayHaveRun: isSent)) }
        let reason = error.map { "\($0.message) (\($0.state))" } ?? reason
        return .failure(isSent ? .lost(reason) : .notSent(reason))
    }
}
