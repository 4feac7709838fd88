import RoostCore

/// Invariant 6: a unique key is held by one unfinished job at most, and who was told of a holder was told the truth.
extension HistoryChecker {
    func checkUniqueKeys(_ index: HistoryIndex, _ found: inout [Violation]) {
        for key in index.keys.all { checkHolds(index.keys.holds(of: key), of: key, index, &found) }
        for call in index.calls {
            guard let reply = call.reply else { continue }
            for duplicate in reply.duplicates { checkHolder(duplicate, call, reply, index, &found) }
        }
    }

    private func checkHolds(
        _ holds: [UniqueKeys.Hold],
        of key: String,
        _ index: HistoryIndex,
        _ found: inout [Violation]
    ) {
        var last: UniqueKeys.Hold?
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
        guard let key = index.number(of: duplicate.job).flatMap({ index.keys.key(of: $0) }) else {
            return add("it has no key")
        }
        guard let holder = index.number(of: duplicate.holder) else { return add("there is no such job") }
        guard index.keys.key(of: holder) == key else { return add("that one has another key") }
        let isHeld = index.keys.holds(of: holder).contains { hold in
            hold.from.at <= reply.at + index.tolerance
                && (hold.to.map { $0.at >= call.sent.at - index.tolerance } ?? true)
        }
        if !isHeld { add("it did not hold it then") }
    }
}
