import RoostCore

/// Invariant 0, as clients see it: what was acknowledged is there, what was refused is not, and nothing else is.
extension HistoryChecker {
    func checkCalls(_ index: HistoryIndex, _ found: inout [Violation]) {
        for call in index.calls {
            switch call.reply?.answer {
            case .ok: checkAcknowledged(call, index, &found)
            case .refused: checkRefused(call, index, &found)
            case .unknown, nil: checkUnknown(call, index, &found)
            }
        }
        for (job, id) in index.jobs.enumerated() where index.senders[job].isEmpty {
            guard let first = index.transitions[job].first else { continue }
            found.append(Violation(0, job: id, "the store has a job that no call sent", events: [.transition(first)]))
        }
    }

    private func checkAcknowledged(_ call: HistoryIndex.Call, _ index: HistoryIndex, _ found: inout [Violation]) {
        guard let reply = call.reply else { return }
        let duplicates = Set(reply.duplicates.map(\.job))
        for sent in call.sent.jobs where !duplicates.contains(sent.id) {
            guard let job = index.number(of: sent.id) else { continue }
            guard let stored = index.transitions[job].first(where: { $0.from == nil }) else {
                found.append(
                    Violation(0, job: sent.id, "it was acknowledged and never stored", events: [.reply(reply)])
                )
                continue
            }
            if stored.at > reply.at + index.tolerance {
                found.append(
                    Violation(
                        0,
                        job: sent.id,
                        "it was acknowledged before it was stored",
                        events: [.reply(reply), .transition(stored)]
                    )
                )
            }
            if !stored.kind.isEmpty, stored.kind != sent.kind {
                found.append(
                    Violation(
                        0,
                        job: sent.id,
                        "it was sent as '\(sent.kind)' and stored as '\(stored.kind)'",
                        events: [.transition(stored)]
                    )
                )
            }
        }
        for duplicate in duplicates.sorted() {
            guard let job = index.number(of: duplicate), !isSentOtherwise(job, than: call, index),
                let stored = index.transitions[job].first
            else { continue }
            found.append(
                Violation(
                    0,
                    job: duplicate,
                    "its client was told that it is a duplicate, and it was stored",
                    events: [.reply(reply), .transition(stored)]
                )
            )
        }
    }

    private func checkRefused(_ call: HistoryIndex.Call, _ index: HistoryIndex, _ found: inout [Violation]) {
        guard let reply = call.reply else { return }
        for sent in call.sent.jobs {
            guard let job = index.number(of: sent.id), !isSentOtherwise(job, than: call, index),
                let stored = index.transitions[job].first
            else { continue }
            found.append(
                Violation(
                    0,
                    job: sent.id,
                    "its call was refused, and left it in the store",
                    events: [.reply(reply), .transition(stored)]
                )
            )
        }
    }

    /// All or nothing; but a job whose key another held is left out of its batch, and nobody was told.
    private func checkUnknown(_ call: HistoryIndex.Call, _ index: HistoryIndex, _ found: inout [Violation]) {
        var stored: HistoryEvent.Transition?
        var missing: [HistoryEvent.EnqueueCall.Job] = []
        for sent in call.sent.jobs {
            guard let job = index.number(of: sent.id) else { continue }
            if let first = index.transitions[job].first {
                stored = stored ?? first
            } else {
                missing.append(sent)
            }
        }
        guard let stored else { return }
        for job in missing {
            if let key = job.unique, isHeld(key, for: call, at: stored, index) { continue }
            found.append(
                Violation(
                    0,
                    job: job.id,
                    "its batch was stored without it",
                    events: [.call(call.sent), .transition(stored)]
                )
            )
        }
    }

    /// Whether somebody held the key when the batch was stored, be it another job of the batch.
    private func isHeld(
        _ key: String,
        for call: HistoryIndex.Call,
        at stored: HistoryEvent.Transition,
        _ index: HistoryIndex
    ) -> Bool {
        let mates = Set(call.sent.jobs.lazy.filter { $0.unique == key }.map(\.id))
        return index.keys.holds(of: key).contains { hold in
            if mates.contains(hold.from.job) { return true }
            return hold.from.at <= stored.at + index.tolerance
                && (hold.to.map { $0.at >= stored.at - index.tolerance } ?? true)
        }
    }

    /// Whether another call, whose answer leaves it open, sent the job too: a client that was not answered sends again.
    private func isSentOtherwise(_ job: Int, than call: HistoryIndex.Call, _ index: HistoryIndex) -> Bool {
        index.senders[job].contains { place in
            let other = index.calls[place]
            guard other.sent.client != call.sent.client || other.sent.call != call.sent.call else { return false }
            guard let reply = other.reply, reply.answer != .unknown else { return true }
            return reply.answer == .ok && !reply.duplicates.contains { $0.job == index.jobs[job] }
        }
    }
}
