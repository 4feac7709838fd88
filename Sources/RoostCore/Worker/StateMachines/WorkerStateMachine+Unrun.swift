/// The ends of jobs that were claimed and do not run.
extension WorkerStateMachine {
    /// The end of a job that is given back unfinished.
    static func release(_ job: ClaimedJob) -> SettlerStateMachine.Entry {
        SettlerStateMachine.Entry(
            item: SettleItem(job: job.id, token: job.token, end: .released),
            event: JobReleased(job: JobReference(job))
        )
    }

    /// The end of a job that its claim's verdict bars from running; nil: it may run.
    static func entry(endingUnrun job: ClaimedJob) -> SettlerStateMachine.Entry? {
        let reference = JobReference(job)
        switch job.verdict {
        case .run:
            return nil
        case .expired:
            return .init(
                item: SettleItem(job: job.id, token: job.token, end: .expired),
                event: JobExpired(job: reference)
            )
        case .revoked:
            let record = FailureRecord(reason: .revoked, message: "the job, or its kind, was revoked")
            return .init(
                item: SettleItem(job: job.id, token: job.token, end: .cancelled(record)),
                event: JobCancelled(job: reference, reason: record.message)
            )
        case .poison:
            let record = FailureRecord(
                reason: .poison,
                message: "its process ended \(job.crashes) times while it ran, the last time while it ran alone"
            )
            return failed(job, record)
        case .unreadable:
            let record = FailureRecord(
                reason: .undecodable,
                message: "what the store holds of it, such as its headers, cannot be read: was its row changed by hand?"
            )
            return failed(job, record)
        }
    }

    private static func failed(_ job: ClaimedJob, _ record: FailureRecord) -> SettlerStateMachine.Entry {
        SettlerStateMachine.Entry(
            item: SettleItem(job: job.id, token: job.token, end: .failed(record)),
            event: JobFailed(job: JobReference(job), attempt: job.attempt, failure: record)
        )
    }
}
