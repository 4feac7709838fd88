extension StoreRules {
    /// Why a job ended that was cancelled on request, in the same words for every store.
    public static func cancelled(by: String, why: String) -> FailureRecord {
        let who = by.isEmpty ? "" : " by \(by)"
        return FailureRecord(reason: .cancelled, message: "cancelled\(who)\(why.isEmpty ? "" : ": \(why)")")
    }

    /// The attempt of a job whose process ended, or lost its lease.
    public static let crashed = FailureRecord(
        reason: .crashed,
        message: "its worker ended, or did not extend its lease, while it ran"
    )

    public static let expired = FailureRecord(reason: .expired, message: "it was not started before its expiry")

    /// Why a job was skipped: `parent` ended in `state`, which its edge does not take.
    public static func parentEnded(_ parent: JobID, in state: JobState) -> FailureRecord {
        FailureRecord(reason: .parentEnded, message: "job \(parent), which it waited for, ended as \(state.rawValue)")
    }

    /// Why a job that returned ended as failed: the jobs it added cannot be stored.
    public static func additionRejected(_ error: StoreError) -> FailureRecord {
        FailureRecord(
            reason: .error,
            errorType: "RoostCore.StoreError",
            message: "the jobs that it added were rejected: \(error.message)"
        )
    }
}
