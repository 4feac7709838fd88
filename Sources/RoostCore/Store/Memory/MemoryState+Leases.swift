extension MemoryState {
    mutating func register(_ registration: WorkerRegistration) -> WorkerID {
        let id = WorkerID(nextWorker)
        nextWorker += 1
        workers.append(WorkerSnapshot(id: id, registration: registration, startedAt: now, heartbeatAt: now))
        return id
    }

    mutating func retire(_ worker: WorkerID) {
        for lease in leases.live().filter({ $0.worker == worker }) {
            for slot in lease.members where rows[slot].token == lease.token {
                let isCancelled = rows[slot].flags.contains(.cancelRequested)
                giveBack(slot)
                if !isCancelled { report(slot, from: .running) }
            }
        }
        workers.removeAll { $0.id == worker }
        plans[worker] = nil
    }

    mutating func extend(_ tokens: [LeaseToken], of worker: WorkerID, by lease: Duration) -> LeaseExtension {
        if let index = workers.firstIndex(where: { $0.id == worker }) { workers[index].heartbeatAt = now }
        var answer = LeaseExtension()
        for token in tokens {
            if let held = leases[token.number], held.worker == worker, held.until > uptime {
                leases.extend(token.number, until: uptime + lease)
            } else {
                answer.lost.append(token)
            }
        }
        for job in cancelRequests.keys.sorted() {
            if let slot = slot(of: job), leases[rows[slot].token]?.worker == worker { answer.cancelled.append(job) }
        }
        return answer
    }

    /// Takes back jobs of leases that have ended. Answers whether some are left.
    mutating func reclaim() -> Bool {
        var left = StoreLimits.jobsAStep
        for lease in leases.live().filter({ $0.until <= uptime }) {
            for slot in lease.members where rows[slot].token == lease.token {
                guard left > 0 else { return true }
                left -= 1
                crash(slot)
            }
        }
        return false
    }
}
