import Logging
import Synchronization

/// Runs the ready jobs of a worker in the caller's own task, one after the other: the same attempts, hooks and verdicts as
/// in a slot, without slots. For tests (the immediate queue of RoostTesting).
package final class InlineWorker: Sendable {
    private let run: WorkerRun
    private let worker = Mutex<WorkerID?>(nil)

    /// - Throws: as ``Worker/run()`` does before its first job.
    package init(_ worker: Worker) throws {
        try worker.options.validate()
        let registry = try JobRegistry((worker.discoversJobs ? JobDiscovery.jobs() : []) + worker.jobs)
        self.run = WorkerRun(worker: worker, registry: registry)
    }

    /// Runs jobs until none is ready.
    ///
    /// - Returns: how many were run.
    @discardableResult
    package func runReady() async throws(StoreError) -> Int {
        let id = try await workerID()
        var count = 0
        while true {
            while try await step({ () async throws(StoreError) in try await run.store.advance() }) {}
            let request = ClaimRequest(
                queues: run.options.queues,
                kinds: run.registry.kinds,
                limit: 1,
                lease: run.options.lease
            )
            guard let job = try await run.store.claim(request, for: id).jobs.first else { return count }
            if job.verdict == .run { run.fire([JobClaimed(job: JobReference(job), attempt: job.attempt + 1)]) }
            try await finish(job, for: id)
            count += 1
        }
    }

    private func finish(_ job: ClaimedJob, for id: WorkerID) async throws(StoreError) {
        var end = WorkerStateMachine.entry(endingUnrun: job)
        if end == nil {
            // A job that runs inside another one has a slot of its own, as it would in a worker.
            let index = (Slot.current?.index ?? -1) + 1
            let slot = Slot(index: index, worker: run.options.name, logger: run.logger)
            let runner = SlotRunner(run: run, slot: slot, isInRun: false)
            end = await Slot.$current.withValue(slot) {
                let end = await runner.execute(job)
                await runner.closeLocals()
                return end
            }
        }
        guard let end else { return }
        let answer = try await run.store.exchange(Exchange(worker: id, settle: [end.item]))
        run.fire(answer.events(of: [end]))
    }

    private func step(_ step: () async throws(StoreError) -> Advance) async throws(StoreError) -> Bool {
        let advance = try await step()
        run.fire(advance.changes.map(\.event))
        return advance.hasMore
    }

    private func workerID() async throws(StoreError) -> WorkerID {
        if let id = worker.withLock({ $0 }) { return id }
        let id = try await run.store.register(
            WorkerRegistration(name: "inline", kinds: run.registry.kinds, queues: run.options.queues, slots: 1)
        )
        return worker.withLock { known in
            known = known ?? id
            return known ?? id
        }
    }
}
