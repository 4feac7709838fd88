import Logging

/// What a worker does for all: takes back the jobs of workers that died, makes due what is due, ends what nobody will
/// run, deletes what is past its retention.
struct Housekeeper: Sendable {
    let run: WorkerRun
    let id: WorkerID

    /// Every how many rounds lanes without a worker are swept, and what is over is deleted.
    private static let sweepRounds = 3
    private static let pruneRounds = 12

    /// Works in rounds, and at once when the run's `housekeeperSignal` is rung, until the task is cancelled.
    func keepHouse() async {
        var round = 0
        var warned: Set<String> = []
        while !Task.isCancelled {
            do {
                try await keepHouse(round: round, warned: &warned)
            } catch {
                // The worker has ended; those that are left keep house.
                if Task.isCancelled { return }
                run.logger.warning("housekeeping failed, and is tried again", metadata: ["error": "\(error)"])
            }
            round += 1
            // Spread over half an interval more, so that the workers of a fleet do not all come at once.
            let interval = run.options.housekeepingInterval
            let pause = interval * (1 + run.surroundings.chance() / 2)
            await run.housekeeperSignal.wait(until: run.time.uptime + pause, by: run.time)
        }
    }

    private func keepHouse(round: Int, warned: inout Set<String>) async throws(StoreError) {
        try await repeatedly { () async throws(StoreError) in try await run.store.reclaim() }
        try await repeatedly { () async throws(StoreError) in try await run.store.advance() }
        if round % Self.sweepRounds == 0 { try await sweep() }
        if round % Self.pruneRounds == 0 {
            while try await run.store.prune() >= StoreLimits.jobsAStep, !Task.isCancelled {}
            // Last, since it counts all that there is.
            try await warnOfUnknownKinds(&warned)
        }
    }

    private func repeatedly(_ step: () async throws(StoreError) -> Advance) async throws(StoreError) {
        while !Task.isCancelled {
            let advance = try await step()
            for change in advance.changes where change.from == .running {
                run.logger.warning(
                    "the worker of a job died or lost its lease; the job was taken back",
                    metadata: ["job": "\(change.job)", "kind": "\(change.kind)", "attempt": "\(change.attempt)"]
                )
            }
            run.fire(advance.changes.map(\.event))
            if !advance.hasMore { return }
        }
    }

    /// Ends jobs that have expired, were revoked or are poison in lanes that no worker serves.
    private func sweep() async throws(StoreError) {
        while !Task.isCancelled {
            let claim = try await run.store.claim(
                ClaimRequest(endedOnly: StoreLimits.jobsAStep, lease: run.options.lease),
                for: id
            )
            let entries = claim.jobs.compactMap(WorkerStateMachine.entry(endingUnrun:))
            if entries.isEmpty { return }
            let answers = try await run.store.settle(entries.map(\.item), for: id)
            run.fire(zip(entries, answers).compactMap { $1 == .stale ? nil : $0.event })
        }
    }

    /// Says once of each kind that jobs of it are ready in the worker's queues and it does not know them: left alone, they
    /// wait for a worker that does.
    private func warnOfUnknownKinds(_ warned: inout Set<String>) async throws(StoreError) {
        for lane in try await run.store.counts() {
            guard let ready = lane.byState[.ready], ready > 0, run.options.queues.contains(lane.queue),
                run.registry[lane.kind] == nil, warned.insert(lane.kind).inserted
            else { continue }
            run.logger.warning(
                "jobs of a kind that this worker does not know are ready; they wait for a worker that does",
                metadata: ["kind": "\(lane.kind)", "queue": "\(lane.queue)", "ready": "\(ready)"]
            )
        }
    }
}
