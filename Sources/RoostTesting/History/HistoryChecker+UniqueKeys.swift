import RoostCore

/// Invariant 6: a unique key is held by one unfinished job at most, and who was told of a holder was told the truth.
extension HistoryChecker {
    /// A time in which a job had not ended.
    private struct Hold {
        var job: Int
        var from: HistoryEvent.Transition
        var to: HistoryEvent.Transition?
    }

    func checkUniqueKeys(_ index: HistoryIndex, _ found: inout [Violation]) {
        var keys: [String] = []
        var sharers: [String: [Int]] = [:]
        var keyOfJob: [Int: String] = [:]
        for call in index.calls {
            for sent in call.sent.jobs {
                guard let key = sent.unique, let job = index.number(of: sent.id), keyOfJob[job] == nil else { continue }
                keyOfJob[job] = key
                if sharers[key] == nil { keys.append(key) }
                sharers[key, default: []].append(job)
            }
        }
        for key in keys {
            var holds = (sharers[key] ?? []).flatMap { self.holds(of: $0, index) }
            holds.sort { $0.from.number < $1.from.number }
            checkHolds(holds, of: key, index, &found)
        }
        for call in index.calls {
            guard let reply = call.reply else { continue }
            for duplicate in reply.duplicates {
                guard let job = index.number(of: duplicate.job) else { continue }
                checkHolder(duplicate, call, reply, key: keyOfJob[job], keyOfJob, index, &found)
            }
        }
    }

    private func holds(of job: Int, _ index: HistoryIndex) -> [Hold] {
        var holds: [Hold] = []
        var isOpen = false
        for step in index.transitions[job] {
            let isUnfinished = step.to?.isFinished == false
            if isUnfinished, !isOpen {
                holds.append(Hold(job: job, from: step))
            } else if !isUnfinished, isOpen {
                holds[holds.count - 1].to = step
            }
            isOpen = isUnfinished
        }
        return holds
    }

    private func checkHolds(_ holds: [Hold], of key: String, _ index: HistoryIndex, _ found: inout [Violation]) {
        var last: Hold?
        for hold in holds {
            if let last, last.job != hold.job {
                let isOver = last.to.map { index.precedes($0, hold.from) } ?? false
                if !isOver {
                    found.append(
                        Violation(
                            6,
                            job: hold.from.job,
                            "it took the key '\(key)', which \(last.from.job) held",
                            events: [last.from, hold.from, last.to].compactMap { $0 }.map { .transition($0) }
                        )
                    )
                }
            }
            // The one that goes on the longest stands in the way of the next.
            let ends = (last?.to?.number ?? .max, hold.to?.number ?? .max)
            if last == nil || ends.1 > ends.0 { last = hold }
        }
    }

    private func checkHolder(
        _ duplicate: HistoryEvent.EnqueueReply.Duplicate,
        _ call: HistoryIndex.Call,
        _ reply: HistoryEvent.EnqueueReply,
        key: String?,
        _ keyOfJob: [Int: String],
        _ index: HistoryIndex,
        _ found: inout [Violation]
    ) {
        func add(_ message: String) {
            found.append(
                Violation(
                    6,
                    job: duplicate.job,
                    "its client was told that \(duplicate.holder) holds its key: \(message)",
                    events: [.reply(reply)]
                )
            )
        }
        guard let key else { return add("it has no key") }
        guard let holder = index.number(of: duplicate.holder) else { return add("there is no such job") }
        guard keyOfJob[holder] == key else { return add("that one has another key") }
        let isHeld = holds(of: holder, index).contains { hold in
            hold.from.at <= reply.at + index.tolerance
                && (hold.to.map { $0.at >= call.sent.at - index.tolerance } ?? true)
        }
        if !isHeld { add("it did not hold it then") }
    }
}
