#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// What tools enqueue: jobs whose type is known only as they run, and jobs of no type at all.
extension JobQueue {
    /// What became of a job that a tool enqueued.
    package struct Submission: Sendable {
        /// Its own, or that of the holder of its unique key.
        package let id: JobID
        /// Whether another job holds its unique key, and nothing was stored.
        package let isDuplicate: Bool
    }

    /// Stores one job.
    ///
    /// - Throws: as `enqueue` does.
    package func submit<Work: Job>(_ request: JobRequest<Work>) async throws -> Submission {
        try await submit(try preparer.newJob(for: request))
    }

    /// Stores one job of a type that this process does not have. Its timeout, retries and backoff are its type's.
    ///
    /// - Parameter arguments: one JSON object.
    /// - Throws: as `enqueue` does.
    package func submit(kind: String, arguments: Data, options: JobOptions) async throws -> Submission {
        try await submit(try preparer.newJob(kind: kind, arguments: arguments, options: options))
    }

    private func submit(_ job: NewJob) async throws -> Submission {
        let id = try await enqueue(EnqueueBatch(jobs: [job])).first ?? job.id
        return Submission(id: id, isDuplicate: id != job.id)
    }
}

extension JobPreparer {
    fileprivate func newJob(kind: String, arguments: Data, options: JobOptions) throws -> NewJob {
        try options.validate()
        guard arguments.count <= maxPayload else {
            throw PayloadTooLarge(kind: kind, bytes: arguments.count, limit: maxPayload)
        }
        return NewJob(
            id: ids.next(),
            kind: kind,
            queue: options.queue,
            priority: options.priority,
            start: options.start,
            expiry: options.expiry,
            retention: options.retention,
            maxCrashes: options.maxCrashes,
            unique: try options.unique.map { unique in
                UniqueKey(
                    key: try unique.storedKey(kind: kind, arguments: arguments),
                    period: unique.period,
                    states: unique.states
                )
            },
            payload: Payload(bytes: arguments),
            headers: options.headers,
            enqueuedBy: enqueuedBy
        )
    }
}
