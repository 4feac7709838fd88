import DequeModule
import HeapModule

/// Unique keys whose holder's row is gone, by the end of their period.
struct MemoryAgendaOfKeys {
    struct Entry: Comparable {
        let time: Timestamp
        let key: String

        static func < (left: Entry, right: Entry) -> Bool { (left.time, left.key) < (right.time, right.key) }
    }

    var heap = Heap<Entry>()
}

extension MemoryState {
    /// One step of what is due; answers whether another would find work.
    mutating func advance() -> Bool {
        makeDueReady()
        stepGraphCancels()
        // What was left over comes first.
        edgesLeft.append(contentsOf: ended)
        ended = edgesLeft
        edgesLeft = []
        resolveEdges()
        return hasStepsLeft || nextDueJob() != nil
    }

    /// Makes jobs ready whose time has come, a step's worth.
    mutating func makeDueReady() {
        var left = StoreLimits.jobsAStep
        while left > 0, let next = nextDueJob() {
            scheduled.removeFirst()
            makeReady(next.slot)
            report(next.slot, from: .scheduled)
            left -= 1
        }
    }

    var hasStepsLeft: Bool { !edgesLeft.isEmpty || !cancelsLeft.isEmpty }

    private mutating func nextDueJob() -> MemoryAgenda.Entry? {
        guard let next = scheduled.first(where: { [rows] in Self.isDue($0, in: rows) }) else { return nil }
        return next.time <= now ? next : nil
    }

    /// Puts a finished job in line for deletion.
    mutating func insertFinished(_ slot: Int) {
        let (pruneAt, number) = (rows[slot].pruneAt, rows[slot].number)
        finished.insert(pruneAt, number: number, slot: slot) { [rows] in Self.isPrunable($0, in: rows) }
    }

    private static func isPrunable(_ entry: MemoryAgenda.Entry, in rows: [MemoryRow]) -> Bool {
        rows[entry.slot].number == entry.number && rows[entry.slot].pruneAt == entry.time
            && rows[entry.slot].state.isFinished
            && rows[entry.slot].flags.isDisjoint(with: [.isFree, .isSpared])
    }

    /// Deletes finished jobs whose time is over, but for those whose outcome is still needed.
    mutating func prune() -> Int {
        var deleted = 0
        while deleted < StoreLimits.jobsAStep,
            let next = finished.first(where: { [rows] in Self.isPrunable($0, in: rows) }), next.time <= now
        {
            finished.removeFirst()
            if rows[next.slot].neededBy > 0 {
                rows[next.slot].flags.insert(.isSpared)
            } else {
                keepUniqueKey(of: next.slot)
                removeRow(next.slot)
                deleted += 1
            }
        }
        while let next = uniquesWithoutRow.heap.min, next.time <= now {
            uniquesWithoutRow.heap.removeMin()
            // Another job may have taken the key since.
            if uniques[next.key]?.finalState != nil, holder(of: next.key) == nil { uniques[next.key] = nil }
        }
        return deleted
    }

    /// Lets a unique key outlive its job while its period lasts, else forgets it.
    private mutating func keepUniqueKey(of slot: Int) {
        let row = rows[slot]
        guard let key = row.facts.job.unique?.key, uniques[key]?.job == row.id else { return }
        if let period = uniques[key]?.key.period, holder(of: key) != nil {
            uniques[key]?.finalState = row.state
            uniquesWithoutRow.heap.insert(.init(time: row.facts.enqueuedAt + period, key: key))
        } else {
            uniques[key] = nil
        }
    }
}
