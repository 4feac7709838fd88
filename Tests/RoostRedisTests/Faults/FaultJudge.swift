import RedisFaults
import RedisSupport
import RoostCore
import RoostRedis
import Synchronization
import Testing

/// Holds what clients were told against what the store has when all is over.
struct FaultJudge {
    private let run: FaultRun
    private let forgiven: LossPeriod?

    init(_ run: FaultRun, forgiven: LossPeriod? = nil) {
        self.run = run
        self.forgiven = forgiven
    }

    func judge() async throws {
        let store = try await run.makeJudge()
        let jobs = try await all(in: store)
        judgeEnds(jobs)
        judgeEffects(jobs)
        try await judgeCounts(jobs, store)
        try judgeKeys()
        await store.close()
    }

    private func all(in store: RedisStore) async throws -> [JobID: JobSnapshot] {
        var jobs: [JobID: JobSnapshot] = [:]
        var last: JobID?
        while true {
            let page = try await store.list(JobQuery(after: last, limit: 500))
            for job in page { #expect(jobs.updateValue(job, forKey: job.id) == nil) }
            guard let end = page.last else { return jobs }
            last = end.id
        }
    }

    /// How much later than it was done a client may note what it was told.
    private static let delay: Duration = .seconds(1)

    private func isForgiven(_ entry: Ledger.Entry, sent: Duration? = nil) -> Bool {
        forgiven?.touches(from: sent ?? entry.at - Self.delay, to: entry.at) ?? false
    }

    /// What was acknowledged is there and has succeeded, what was refused is not, and nothing else is (invariant 0).
    private func judgeEnds(_ jobs: [JobID: JobSnapshot]) {
        var sent: [JobID: Duration] = [:]
        var lost: [Ledger.Entry] = []
        for entry in run.ledger.entries {
            switch entry.kind {
            case .sent: sent[entry.job] = entry.at
            case .stored where jobs[entry.job] == nil: lost.append(entry)
            case .refused: #expect(jobs[entry.job] == nil, "its call was refused, and it is in the store")
            default: break
            }
        }
        #expect(
            lost.filter { forgiven?.loss != .anything || !isForgiven($0, sent: sent[$0.job]) }.map(\.job) == [],
            "acknowledged, and not there any more"
        )
        if !lost.isEmpty { print("\(lost.count) acknowledged jobs were lost, within what is forgiven") }
        #expect(Set(jobs.keys).subtracting(sent.keys) == [], "in the store, and sent by nobody")
        let others = jobs.values.filter { $0.state != .succeeded }
        #expect(others.map { "\($0.id) \($0.state) \($0.failure.map(String.init(describing:)) ?? "")" } == [])
    }

    /// A job runs under a claim, once under each, and never after its success was stored (invariants 3, 4, 14).
    private func judgeEffects(_ jobs: [JobID: JobSnapshot]) {
        var histories: [JobID: [Ledger.Entry]] = [:]
        for entry in run.ledger.entries { histories[entry.job, default: []].append(entry) }
        var repeated = 0
        var late: [Ledger.Entry] = []
        for (id, history) in histories {
            var claims: Set<Int64> = []
            var starts = 0
            var effects = 0
            var successes: [Ledger.Entry] = []
            for entry in history {
                switch entry.kind {
                case .claimed(let token):
                    #expect(claims.insert(token).inserted, "\(id) was handed out twice by one claim")
                case .started:
                    starts += 1
                    if !successes.allSatisfy({ isForgiven($0) }) { late.append(entry) }
                case .effect: effects += 1
                case .settled(let token, true, let answer) where answer != .stale:
                    #expect(claims.contains(token), "\(id) was settled under a claim that nobody has")
                    successes.append(entry)
                default: break
                }
            }
            #expect(starts <= claims.count, "\(id) ran more often than it was claimed")
            #expect(successes.filter { !isForgiven($0) }.count <= 1, "\(id) succeeded more than once")
            if effects > 1 { repeated += 1 }
            guard let job = jobs[id] else { continue }
            #expect(effects >= 1, "\(id) has succeeded, and its effect never happened")
            guard forgiven == nil else { continue }
            #expect(successes.count == 1, "\(id) has succeeded, and no worker was told so")
            #expect(job.attempt == job.crashes + 1, "\(id): attempt \(job.attempt), \(job.crashes) crashes")
            #expect(effects <= job.crashes + 1, "\(id): \(effects) effects, \(job.crashes) crashes")
            #expect(job.claims >= claims.count, "\(id): \(job.claims) claims counted, \(claims.count) handed out")
        }
        let thawed = late.filter { isFirstOfThawed($0) }
        #expect(late.count == thawed.count, "jobs ran again after their success was stored: \(late)")
        #expect(thawed.count <= TestedWorker.slots)
        print("\(histories.count) jobs, of which \(repeated) had their effect more than once")
    }

    /// Whether it is a start that a process had decided on before it stood still, the first thing that it did then.
    private func isFirstOfThawed(_ start: Ledger.Entry) -> Bool {
        run.thaw.withLock { thaw in
            guard let thaw, start.by.hasSuffix(thaw.client) else { return false }
            return (thaw.at...thaw.at + .milliseconds(100)).contains(start.at)
        }
    }

    private func judgeCounts(_ jobs: [JobID: JobSnapshot], _ store: RedisStore) async throws {
        var counted: [JobState: Int] = [:]
        for lane in try await store.counts() {
            for (state, count) in lane.byState where count != 0 { counted[state, default: 0] += count }
        }
        #expect(counted == Dictionary(grouping: jobs.values, by: \.state).mapValues(\.count))
    }

    /// Nothing is left but what ended jobs need (invariant 10).
    private func judgeKeys() throws {
        let probe = try run.probe()
        let prefix = "\(run.key):"
        let keys = try probe.command("KEYS", "\(prefix)*").array?.compactMap(\.text) ?? []
        let left = keys.filter { key in
            ["c:", "leases", "cancels", "l:", "s:", "due", "doom", "te", "tg"].contains { name in
                let rest = key.dropFirst(prefix.count)
                return name.hasSuffix(":") ? rest.hasPrefix(name) : rest == name
            }
        }
        #expect(left == [])
    }
}
