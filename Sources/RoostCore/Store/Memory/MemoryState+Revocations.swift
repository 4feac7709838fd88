/// The jobs of a kind, or one job, are not to run.
struct Revocation {
    let once: Bool
    let until: Timestamp?

    func holds(at now: Timestamp) -> Bool {
        until.map { now < $0 } ?? true
    }
}

/// A revocation of all jobs of a kind.
struct KindRevocation {
    let kind: String
    let revocation: Revocation
}

extension MemoryState {
    /// What a claim hands the job out as (rule 5).
    func verdict(of slot: Int) -> ClaimedJob.Verdict {
        StoreRules.verdict(
            isPoison: rows[slot].flags.contains(.isPoison),
            isRevoked: isRevoked(slot),
            expiresAt: rows[slot].facts.expiresAt,
            now: now
        )
    }

    /// Whether there is a revocation of this one job, in force or over.
    func isRevokedByItself(_ slot: Int) -> Bool {
        !jobRevocations.isEmpty && jobRevocations[rows[slot].id] != nil
    }

    private func isRevoked(_ slot: Int) -> Bool {
        if !jobRevocations.isEmpty, let own = jobRevocations[rows[slot].id], own.holds(at: now) { return true }
        guard !kindRevocations.isEmpty else { return false }
        return kindRevocations.contains { $0.kind == rows[slot].facts.job.kind && $0.revocation.holds(at: now) }
    }

    /// Takes back the revocation that was for one time, now that it took effect.
    mutating func useUpRevocation(of slot: Int) {
        let id = rows[slot].id
        if let own = jobRevocations[id], own.holds(at: now) {
            if own.once { jobRevocations[id] = nil }
        } else {
            let kind = rows[slot].facts.job.kind
            kindRevocations.removeAll { $0.kind == kind && $0.revocation.once }
        }
    }

    mutating func revoke(_ scope: RevocationScope, once: Bool, until: Timestamp?) {
        let revocation = Revocation(once: once, until: until)
        switch scope {
        case .job(let id):
            jobRevocations[id] = revocation
            if let slot = slot(of: id), rows[slot].state == .ready { markDoomed(slot, from: .distantPast) }
        case .kind(let kind):
            kindRevocations.removeAll { $0.kind == kind || !$0.revocation.holds(at: now) }
            kindRevocations.append(KindRevocation(kind: kind, revocation: revocation))
        }
        // A worker that serves no lane of it may still sweep it up.
        topics.insert(.ready)
    }

    /// Answers whether there was something to take back.
    mutating func restore(_ scope: RevocationScope) -> Bool {
        switch scope {
        case .job(let id):
            return jobRevocations.removeValue(forKey: id)?.holds(at: now) ?? false
        case .kind(let kind):
            guard let index = kindRevocations.firstIndex(where: { $0.kind == kind }) else { return false }
            return kindRevocations.remove(at: index).revocation.holds(at: now)
        }
    }
}
