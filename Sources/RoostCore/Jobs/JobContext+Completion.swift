#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a store builds on that lets a job's own writes and its end be one transaction.
extension JobContext {
    /// The end of this job, to be settled in a transaction of the store's together with what the job wrote there.
    ///
    /// For those who write a store: settle it as ``JobStore/settle(_:for:)`` would, so that nothing is committed where the job is not
    /// under its token any more; then call ``didComplete(_:)``.
    ///
    /// - Parameter output: what the job returns.
    /// - Throws: ``AlreadyCompleted``; what encoding throws.
    public func completion(returning output: some Encodable) throws -> SettleItem {
        try completion(output: try PayloadCodec.encode(output))
    }

    /// The same for a job that returns nothing.
    public func completion() throws -> SettleItem {
        try completion(output: nil)
    }

    private func completion(output: Data?) throws(AlreadyCompleted) -> SettleItem {
        guard run.completion == nil else { throw AlreadyCompleted(job: id) }
        return SettleItem(
            job: id,
            token: run.job.token,
            end: .succeeded(output: output),
            startedAt: run.startedAt,
            added: run.added
        )
    }

    /// The transaction with this end was committed: the job has succeeded, whatever it does from here on.
    public func didComplete(_ item: SettleItem) {
        run.completion = item
    }
}

/// A job was to end in a transaction, and had done so already.
public struct AlreadyCompleted: Error, Equatable, CustomStringConvertible {
    public let job: JobID

    public var description: String {
        "job \(job) has succeeded already, by a transaction before: write all in one"
    }
}

/// A job was to end in a transaction, but it is another worker's by now, or has ended: nothing of the transaction was committed.
public struct JobNotHeld: Error, Equatable, CustomStringConvertible {
    public let job: JobID

    public init(job: JobID) {
        self.job = job
    }

    public var description: String {
        "job \(job) is not held by this worker any more, so that its transaction was undone: its lease ended, or it was cancelled"
    }
}
