import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Makes random calls that a store is likely to meet, and some that it is not.
struct OperationGenerator {
    private var random: SeededRandom
    private var nextID: UInt64 = 1
    /// Whether this run claims what has ended in any lane, or else revokes a kind for once: which job of the kind a sweep
    /// finds first is not promised.
    private let sweeps: Bool

    init(seed: UInt64) {
        self.random = SeededRandom(seed: seed)
        self.sweeps = seed.isMultiple(of: 2)
    }

    mutating func next() -> StoreOperation {
        switch roll(100) {
        case 0..<22: .enqueue(batch(upTo: 5))
        case 22..<40: .claim(worker: roll(2), claimRequest())
        case 40..<66:
            .settle(
                pick: roll(1000),
                count: 1 + roll(4),
                end: end(),
                started: !chance(8),
                added: chance(8) ? batch(upTo: 2) : nil,
                claim: chance(3) ? claimRequest() : nil
            )
        case 66..<69: .resettle(pick: roll(1000), end: end())
        case 69..<72: .extend(worker: roll(2))
        case 72..<82: .pass(.seconds([1, 2, 5, 10, 31, 40][roll(6)]))
        case 82..<84: .reclaim
        case 84..<87: .prune
        case 87..<88: .retire(worker: roll(2))
        default: .perform(ActionRequest(action(), id: newID(), by: "differential"))
        }
    }

    private mutating func roll(_ count: Int) -> Int {
        Int.random(in: 0..<count, using: &random)
    }

    /// True one time in `count`.
    private mutating func chance(_ count: Int) -> Bool {
        roll(count) == 0
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[roll(values.count)]
    }

    private mutating func newID() -> JobID {
        defer { nextID += 1 }
        return JobID(high: nextID, low: 0)
    }

    /// An id that may have been given out, mostly of late.
    private mutating func someID() -> JobID {
        let age = chance(4) ? roll(Int(nextID)) : roll(min(Int(nextID), 20))
        return JobID(high: max(nextID - UInt64(age), 1), low: 0)
    }

    private mutating func seconds() -> Duration {
        .seconds(pick([1, 3, 5, 30]))
    }

    private mutating func batch(upTo count: Int) -> EnqueueBatch {
        let jobs = (0...roll(count)).map { _ in job() }
        var edges: [NewEdge] = []
        guard chance(2) else { return EnqueueBatch(jobs: jobs) }
        for (number, child) in jobs.enumerated().dropFirst() {
            for position in 0..<Int32(roll(4)) {
                let parent = chance(6) ? someID() : jobs[roll(number)].id
                edges.append(
                    NewEdge(
                        parent: parent,
                        child: child.id,
                        condition: pick([.success, .success, .failure, .always]),
                        position: position,
                        carriesValue: chance(2)
                    )
                )
            }
        }
        return EnqueueBatch(jobs: jobs, edges: edges)
    }

    private mutating func job() -> NewJob {
        var job = NewJob(id: newID(), kind: pick(["a", "b", "c"]), queue: pick(["x", "y"]))
        if chance(3) { job.priority = pick([-1, 1, 2, .max, .min]) }
        if chance(10) { job.rank = pick([-3, 4]) }
        if chance(4) {
            job.start = chance(2) ? .after(seconds()) : .at(.init(microseconds: 1_767_225_600_000_000) + seconds())
        }
        if chance(8) { job.expiry = .after(seconds()) }
        if chance(5) {
            let states = chance(2) ? JobState.unfinished : JobState.unfinished.union([.succeeded])
            job.unique = UniqueKey(key: pick(["k", "l"]), period: chance(2) ? seconds() : nil, states: states)
        }
        if chance(3) { job.graph = JobID(high: 0, low: UInt64(1 + roll(3))) }
        job.retention = pick([.zero, .seconds(5), .days(1)])
        job.maxCrashes = pick([1, 2, 3, 5])
        job.payload.bytes = Data("\(job.id.high)".utf8)
        return job
    }

    private mutating func claimRequest() -> ClaimRequest {
        // More than any run has, since the order in which a sweep finds jobs is not promised.
        if sweeps, chance(8) { return ClaimRequest(endedOnly: 10_000) }
        return ClaimRequest(
            queues: pick([["x"], ["y"], ["x", "y"], ["y", "x"]]),
            kinds: pick([["a"], ["a", "b"], ["c", "b", "a"]]),
            limit: 1 + roll(6),
            lease: .seconds(30),
            allowsSolo: !chance(3)
        )
    }

    private mutating func end() -> JobEnd {
        switch roll(10) {
        case 0..<4: .output("\(roll(100))")
        case 4..<5: .failed
        case 5..<7: .retry(after: chance(2) ? .zero : seconds(), usesRetry: chance(2))
        case 7..<8: .cancelled
        case 8..<9: .released
        default: .expired
        }
    }

    private mutating func action() -> StoreAction {
        let isOfJob = chance(2)
        let scope: RevocationScope = isOfJob ? .job(someID()) : .kind(pick(["a", "b"]))
        let (queue, kind): (String?, String?) = pick([("x", nil), (nil, "b"), ("y", "a")])
        switch roll(11) {
        case 0..<2: return .cancel(someID())
        case 2: return .cancelGraph(JobID(high: 0, low: UInt64(1 + roll(3))))
        case 3: return .reschedule(someID(), chance(2) ? .now : .after(seconds()))
        case 4..<6: return .retry(someID())
        case 6: return .delete(someID())
        case 7: return .pause(queue: queue, kind: kind)
        case 8: return .resume(queue: queue, kind: kind)
        case 9: return .revoke(scope, once: chance(2) && (isOfJob || !sweeps), until: nil)
        default: return .restore(scope)
        }
    }
}
