#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A job that was enqueued: by it the output is awaited, and the job is watched and steered.
///
/// A handle holds no more than the job's id; any process can make one, by ``JobQueue/handle(for:of:)``.
public struct JobHandle<Output: Sendable>: Sendable {
    public let id: JobID
    let queue: JobQueue
    /// The kinds that the job may be stored as, the present one first.
    let kinds: @Sendable () -> [String]
    let decode: @Sendable (Data?) throws -> Output

    init<Work: Job>(id: JobID, of type: Work.Type, in queue: JobQueue) where Work.Output == Output {
        self.id = id
        self.queue = queue
        self.kinds = { [Work.kind] + Work.aliases }
        self.decode = { try Work.decode(output: $0) }
    }

    private init(id: JobID, like handle: JobHandle) {
        self.id = id
        self.queue = handle.queue
        self.kinds = handle.kinds
        self.decode = handle.decode
    }

    /// A handle of another job of the same type and queue.
    func of(_ id: JobID) -> JobHandle {
        JobHandle(id: id, like: self)
    }

    /// What the job returned; waits until it has ended. May be asked again, until the job's retention is over.
    ///
    /// Waiting costs nothing: the store wakes the process when jobs end, also in other processes.
    ///
    /// - Parameter timeout: how long to wait; nil: as long as it takes; zero: only look.
    /// - Throws: ``JobFailure`` if the job did not succeed, with its message, attempts and history;
    ///   ``JobWaitTimeout`` if it has not ended in time; ``JobNotFound`` if no such job is known, or no longer;
    ///   ``JobOutputUndecodable`` if what it returned is not an `Output`; `StoreError` if the store fails for good: while it
    ///   cannot be reached it is asked again, until the time is up; `CancellationError`.
    public func value(timeout: Duration? = nil) async throws -> Output {
        let outcome = try await outcome(timeout: timeout)
        let kinds = kinds()
        guard kinds.contains(outcome.kind) else {
            throw JobOutputUndecodable(job: id, kind: outcome.kind, reason: "it was asked for as \(kinds[0])")
        }
        if outcome.state != .succeeded {
            let history = try await queue.store.attempts(of: id)
            if let failure = JobFailure(job: id, outcome: outcome, history: history) { throw failure }
        }
        do {
            return try decode(outcome.output)
        } catch {
            throw JobOutputUndecodable(job: id, kind: outcome.kind, reason: "\(error)")
        }
    }

    /// Where the job stands.
    ///
    /// - Throws: ``JobNotFound`` if no such job is known, or no longer; `StoreError`.
    public var status: JobState {
        get async throws { try await snapshot.state }
    }

    /// The job as it stands, with its counters and times.
    ///
    /// - Throws: ``JobNotFound`` if no such job is known, or no longer; `StoreError`.
    public var snapshot: JobSnapshot {
        get async throws {
            guard let snapshot = try await queue.job(id) else { throw JobNotFound(job: id) }
            return snapshot
        }
    }

    /// Ends the job as cancelled, or, if it runs, has its worker cancel its task, in whatever process that is.
    ///
    /// - Returns: whether the job was cancelled or its worker asked; false: it has ended already.
    /// - Throws: ``JobNotFound``; `StoreError`.
    @discardableResult
    public func cancel(why: String = "") async throws -> Bool {
        let answer = try await queue.perform(.cancel(id), why: why)
        switch answer.result {
        case .done, .requested: return true
        case .unchanged, .refused, .duplicate: return false
        case .notFound: throw JobNotFound(job: id)
        }
    }

    /// Has the job start `delay` from now instead.
    ///
    /// - Throws: ``JobNotReschedulable`` if it runs, waits for other jobs or has ended; ``JobNotFound``;
    ///   ``InvalidJobOption``; `StoreError`.
    public func reschedule(after delay: Duration) async throws {
        try JobOptions.validate(delay, as: "delay")
        try await reschedule(.after(delay))
    }

    /// Has the job start at `date` instead.
    ///
    /// - Throws: as ``reschedule(after:)`` does.
    public func reschedule(at date: Date) async throws {
        try await reschedule(.at(Timestamp(date)))
    }

    private func reschedule(_ start: JobOptions.Start) async throws {
        let answer = try await queue.perform(.reschedule(id, start))
        switch answer.result {
        case .done, .requested, .unchanged: return
        case .notFound: throw JobNotFound(job: id)
        case .refused(let state): throw JobNotReschedulable(job: id, state: state)
        case .duplicate: throw JobNotReschedulable(job: id, state: .scheduled)
        }
    }

    private func outcome(timeout: Duration?) async throws -> StoredOutcome {
        guard let timeout, timeout <= .zero else { return try await queue.waiter.outcome(of: id, timeout: timeout) }
        if let outcome = try await queue.store.outcomes(of: [id]).first ?? nil { return outcome }
        if try await queue.job(id) != nil { throw JobWaitTimeout(job: id, waited: timeout) }
        // It may have ended between the two looks.
        if let outcome = try await queue.store.outcomes(of: [id]).first ?? nil { return outcome }
        throw JobNotFound(job: id)
    }
}

/// No such job is known: it was never stored here, or its retention is over, or it was deleted.
public struct JobNotFound: Error, Equatable, CustomStringConvertible {
    public let job: JobID

    public var description: String {
        "job \(job) is not known: it was never stored here, or it was deleted, or its retention is over"
    }
}

/// The job has not ended in the time that was given to wait. It goes on.
public struct JobWaitTimeout: Error, Equatable, CustomStringConvertible {
    public let job: JobID
    public let waited: Duration

    public var description: String {
        "job \(job) has not ended after \(waited); it goes on, and can be waited for again"
    }
}

/// What the job returned is not of the type that was asked for.
public struct JobOutputUndecodable: Error, Equatable, CustomStringConvertible {
    public let job: JobID
    public let kind: String
    public let reason: String

    public var description: String { "the output of job \(job) (\(kind)) cannot be read: \(reason)" }
}

/// The job's start cannot be moved in the state it is in.
public struct JobNotReschedulable: Error, Equatable, CustomStringConvertible {
    public let job: JobID
    public let state: JobState

    public var description: String { "job \(job) is \(state.rawValue), so its start cannot be moved" }
}
