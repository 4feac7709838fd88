import Logging
import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The jobs that still run when their process must end.
struct AbandonedJobs: Sendable {
    let queue: JobQueue
    let worker: Worker
    let logger: Logger

    /// Says which they are, and gives them back without charging an attempt. The process must end right after, since
    /// the jobs may begin anew elsewhere.
    func giveBack() async {
        do {
            guard let id = try await workerID() else {
                logger.error(
                    "the process ends, although not all in it has: its worker has stopped, a service beside it has not"
                )
                return
            }
            for job in try await running(on: id) {
                logger.error(
                    "a job does not heed its cancel and is abandoned: look for a loop without try Task.checkCancellation()",
                    metadata: ["job": "\(job.id)", "kind": "\(job.kind)"]
                )
            }
            let changes = try await queue.store.retire(id)
            logger.error("the process ends before its jobs did", metadata: ["released": "\(changes.count)"])
        } catch {
            // Their lease ends by itself, and they are taken back then.
            logger.error("abandoned jobs could not be given back", metadata: ["error": "\(error)"])
        }
    }

    /// The worker as the store knows it. One of the same name and process number may be left from before a restart in a
    /// container, so the last one counts.
    private func workerID() async throws(StoreError) -> WorkerID? {
        let process = ProcessInfo.processInfo.processIdentifier
        return try await queue.store.workers()
            .filter { $0.registration.process == process && $0.registration.name == worker.options.name }
            .max { $0.startedAt < $1.startedAt }?
            .id
    }

    private func running(on worker: WorkerID) async throws(StoreError) -> [JobSnapshot] {
        var found: [JobSnapshot] = []
        var last: JobID?
        // A store may hold many running jobs of others; what cannot be named is given back all the same.
        for _ in 0..<10 {
            let page = try await queue.store.list(JobQuery(states: [.running], after: last, limit: 500))
            found += page.filter { $0.worker == worker }
            guard page.count == 500 else { break }
            last = page.last?.id
        }
        return found
    }
}
