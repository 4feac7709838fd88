import RoostCore
import Synchronization

/// Holds what clients were told against what the store has when all is over.
struct FaultJudge<Subject: FaultSubject> {
    private let run: FaultRun<Subject>
    private let forgiven: LossPeriod?

    init(_ run: FaultRun<Subject>, forgiven: LossPeriod? = nil) {
        self.run = run
        self.forgiven = forgiven
    }

    func judge(_ report: inout FaultReport) async throws {
        let store = try await run.openJudge()
        let jobs = try await all(in: store, &report)
        judgeEnds(jobs, &report)
        judgeEffects(jobs, &report)
        try await judgeCounts(jobs, store, &report)
        for left in try run.subject.leftovers() { report.problems.append("left behind: \(left)") }
        await store.close()
    }

    private func all(in store: any JobStore, _ report: inout FaultReport) async throws -> [JobID: JobSnapshot] {
        var jobs: [JobID: JobSnapshot] = [:]
        var last: JobID?
        while true {
            let page = try await store.list(JobQuery(after: last, limit: 500))
            for job in page { report.expect(jobs.updateValue(job, forKey: job.id) == nil, "\(job.id) is listed twice") }
            guard let end = page.last else { return jobs }
            last = end.id
        }
    }

    /// How much later than it was done a client may note what it was told.
    private var delay: Duration { .seconds(1) }

    private func isForgiven(_ entry: Ledger.Entry, sent: Duration? = nil) -> Bool {
        forgiven?.touches(from: sent ?? entry.at - delay, to: entry.at) ?? false
    }

    /// What was acknowledged is there and has succeeded, what was refused is not, and nothing else is (invariant 0).
    private func judgeEnds(_ jobs: [JobID: JobSnapshot], _ report: inout FaultReport) {
        var sent: [JobID: Duration] = [:]
        var lost: [Ledger.Entry] = []
        for entry in run.ledger.entries {
            switch entry.kind {
            case .sent: sent[entry.job] = entry.at
            case .stored where jobs[entry.job] == nil: lost.append(entry)
            case .refused:
                report.expect(jobs[entry.job] == nil, "\(entry.job): its call was refused, and it is in the store")
            default: break
            }
        }
        for entry in lost where forgiven?.loss != .anything || !isForgiven(entry, sent: sent[entry.job]) {
            report.problems.append("\(entry.job) was acknowledged, and is not there any more")
        }
        if !lost.isEmpty { report.notes.append("\(lost.count) acknowledged jobs were lost, within what is forgiven") }
        for id in jobs.keys where sent[id] == nil {
            report.problems.append("\(id) is in the store, and sent by nobody")
        }
        for job in jobs.values where job.state != .succeeded {
            report.problems.append("\(job.id) \(job.state) \(job.failure.map(String.init(describing:)) ?? "")")
        }
    }

    /// A job runs under a claim, once under each, and never after its success was stored (invariants 3, 4, 14).
    private func judgeEffects(_ jobs: [JobID: JobSnapshot], _ report: inout FaultReport) {
        var histories: [JobID: [Ledger.Entry]] = [:]
        for entry in run.ledger.entries { histories[entry.job, default: []].append(entry) }
        var repeated = 0
        var late: [Ledger.Entry] = []
        for (id, history) in histories {
            let told = JobHistory(of: history, isForgiven: { isForgiven($0) })
            late += told.late
            report.problems += told.problems.map { "\(id) \($0)" }
            if told.effects > 1 { repeated += 1 }
            guard let job = jobs[id] else { continue }
            report.expect(told.effects >= 1, "\(id) has succeeded, and its effect never happened")
            guard forgiven == nil else { continue }
            report.expect(told.successes == 1, "\(id) has succeeded, and no worker was told so")
            report.expect(job.attempt == job.crashes + 1, "\(id): attempt \(job.attempt), \(job.crashes) crashes")
            report.expect(told.effects <= job.crashes + 1, "\(id): \(told.effects) effects, \(job.crashes) crashes")
            report.expect(
                job.claims >= told.claims,
                "\(id): \(job.claims) claims counted, \(told.claims) handed out"
            )
        }
        let thawed = late.filter { isFirstOfThawed($0) }
        report.expect(late.count == thawed.count, "jobs ran again after their success was stored: \(late)")
        report.expect(thawed.count <= TestedWorker.slots, "\(thawed.count) jobs began late")
        report.notes.append("\(histories.count) jobs, of which \(repeated) had their effect more than once")
    }

    /// Whether it is a start that a process had decided on before it stood still, the first thing that it did then.
    private func isFirstOfThawed(_ start: Ledger.Entry) -> Bool {
        run.thaw.withLock { thaw in
            guard let thaw, start.by.hasSuffix(thaw.client) else { return false }
            return (thaw.at...thaw.at + .seconds(1)).contains(start.at)
        }
    }

    private func judgeCounts(
        _ jobs: [JobID: JobSnapshot],
        _ store: any JobStore,
        _ report: inout FaultReport
    ) async throws {
        var counted: [JobState: Int] = [:]
        for lane in try await store.counts() {
            for (state, count) in lane.byState where count != 0 { counted[state, default: 0] += count }
        }
        let listed = Dictionary(grouping: jobs.values, by: \.state).mapValues(\.count)
        report.expect(counted == listed, "the store counts \(counted), and has \(listed)")
    }
}

/// What the ledger tells of one job.
private struct JobHistory {
    private(set) var claims = 0
    private(set) var effects = 0
    /// Those of which a worker was told, but for what is forgiven.
    private(set) var successes = 0
    /// Starts after the success was stored.
    private(set) var late: [Ledger.Entry] = []
    private(set) var problems: [String] = []

    init(of history: [Ledger.Entry], isForgiven: (Ledger.Entry) -> Bool) {
        var tokens: Set<Int64> = []
        var starts = 0
        for entry in history {
            switch entry.kind {
            case .claimed(let token):
                if !tokens.insert(token).inserted { problems.append("was handed out twice by one claim") }
            case .started:
                starts += 1
                if successes > 0 { late.append(entry) }
            case .effect: effects += 1
            case .settled(let token, true, let answer) where answer != .stale:
                if !tokens.contains(token) { problems.append("was settled under a claim that nobody has") }
                if !isForgiven(entry) { successes += 1 }
            default: break
            }
        }
        claims = tokens.count
        if starts > claims { problems.append("ran more often than it was claimed") }
        if successes > 1 { problems.append("succeeded more than once") }
    }
}
