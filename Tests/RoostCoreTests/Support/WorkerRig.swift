@testable import RoostCore

/// A worker's machine on the bench: events are given by hand, and what the machine does is told in words.
///
/// Jobs have names of a letter or so. `claim: "a b!solo c!expired"` hands out three of them under one new token.
struct WorkerRig {
    var machine: WorkerStateMachine
    var now: Duration = .zero
    private(set) var lastToken: Int64 = 0
    /// What runs in each slot, as far as the machine has told.
    private var running: [Int: ClaimedJob] = [:]

    /// The numbers of the exchanges on their way, the earliest first.
    private(set) var calls: [Int] = []

    init(slots: Int = 1, poll: Duration = .seconds(1), lease: Duration = .seconds(30), exchangesAtOnce: Int = 1) {
        machine = WorkerStateMachine(
            slots: slots,
            pollInterval: poll,
            lease: lease,
            exchangesAtOnce: exchangesAtOnce
        )
        for slot in 0..<slots { _ = machine.beginTask(slot: slot) }
    }

    /// A rig whose slots all wait, and whose first claim handed out `jobs`; they are not started yet.
    static func claimed(_ jobs: String, slots: Int = 1, poll: Duration = .seconds(1)) -> WorkerRig {
        var rig = WorkerRig(slots: slots, poll: poll)
        for slot in 0..<slots { _ = rig.ask(slot) }
        _ = rig.next()
        rig.answer(claim: jobs)
        return rig
    }

    /// A rig in whose slots `jobs` run, one in each.
    static func running(_ jobs: String, slots: Int? = nil) -> WorkerRig {
        var rig = claimed(jobs, slots: slots ?? jobs.split(separator: " ").count)
        _ = rig.next()
        return rig
    }

    /// A rig of one slot that has finished 400 jobs a second, so that it keeps a buffer of 100, and whose slot waits.
    static func busy() -> WorkerRig {
        var rig = claimed((1...20).map { "x\($0)" }.joined(separator: " "))
        _ = rig.next()
        rig.finish(0)
        for _ in 2...20 {
            _ = rig.ask(0)
            rig.now = rig.machine.bufferedCount == 0 ? .milliseconds(50) : .milliseconds(1)
            rig.finish(0)
        }
        _ = rig.next()
        rig.answer(claim: "")
        _ = rig.ask(0)
        return rig
    }

    // MARK: Events

    /// Asks what to do now.
    mutating func next() -> String {
        let action = machine.next(now: now)
        if case .start(let starts) = action {
            for (slot, job) in starts { running[slot] = job }
        }
        if case .exchange(let call, _, _) = action { calls.append(call) }
        return Self.words(action)
    }

    /// Asks what to do now until there is nothing but to wait for.
    mutating func nextAll() -> [String] {
        var all: [String] = []
        repeat { all.append(next()) } while !(all.last!.hasPrefix("wait") || all.last! == "finish") && all.count < 20
        return all
    }

    /// A slot's task asks for a job: `run a`, `wait` or `end`.
    mutating func ask(_ slot: Int, mayWait: Bool = true) -> String {
        switch machine.next(slot: slot, mayWait: mayWait, now: now) {
        case .run(let job):
            running[slot] = job
            return "run \(job.id.name)"
        case .wait: return "wait"
        case .end: return "end"
        }
    }

    /// A slot's job is over.
    ///
    /// - Parameter end: nil where there is nothing to tell.
    @discardableResult
    mutating func finish(_ slot: Int, end: JobEnd? = .succeeded(output: nil)) -> Bool {
        let job = running.removeValue(forKey: slot)
        let entry = job.flatMap { job in
            end.map {
                SettlerStateMachine.Entry(item: SettleItem(job: job.id, token: job.token, end: $0), event: nil)
            }
        }
        return machine.finished(slot: slot, entry: entry, now: now)
    }

    /// The store answers the earliest exchange.
    ///
    /// - Parameters:
    ///   - last: whether it answers the last one instead.
    ///   - claim: the jobs it hands out, under a new token; nil: it was not asked for any.
    ///   - isCut: whether it could have handed out more.
    ///   - followsOther: whether another worker claimed last.
    /// - Returns: the jobs that are settled.
    @discardableResult
    mutating func answer(
        claim: String? = nil,
        nextDue: Duration? = nil,
        isCut: Bool = false,
        followsOther: Bool = false,
        last: Bool = false
    ) -> [String] {
        let handedOut = claim.map { names in
            let jobs = names.split(separator: " ").map { job(String($0)) }
            if !jobs.isEmpty { lastToken += 1 }
            return Claim(
                token: jobs.isEmpty ? nil : LeaseToken(lastToken),
                jobs: jobs,
                nextDue: nextDue,
                isCut: isCut,
                followsOther: followsOther
            )
        }
        let answer = ExchangeAnswer(claim: handedOut, now: Timestamp(microseconds: 0))
        return complete(answer, last: last).map(\.item.job.name)
    }

    /// The store answers an exchange so: what is settled, with its events.
    mutating func complete(_ answer: ExchangeAnswer, last: Bool = false) -> [SettlerStateMachine.Entry] {
        let call = last ? calls.removeLast() : calls.removeFirst()
        return machine.exchanged(call, answer, now: now) ?? []
    }

    private func job(_ text: String) -> ClaimedJob {
        let parts = text.split(separator: "!").map(String.init)
        var job = ClaimedJob(parts[0], token: lastToken + 1)
        if parts.count > 1 {
            job.isSolo = parts[1] == "solo"
            job.verdict = ClaimedJob.Verdict(rawValue: parts[1]) ?? .run
        }
        return job
    }

    /// The exchange fails.
    @discardableResult
    mutating func fail() -> Duration {
        machine.exchangeFailed(calls.removeFirst(), now: now, chance: 0)
    }

    mutating func cancel(_ names: String...) {
        machine.cancelRequested(names.map(JobID.init(name:)), now: now)
    }

    mutating func lose(_ token: Int64) {
        machine.leasesExtended([LeaseToken(token)], lost: [LeaseToken(token)], asked: now, now: now)
    }

    /// Every waiting or asking slot ends.
    mutating func endSlots(_ slots: Int...) {
        for slot in slots { machine.ended(slot: slot) }
    }

    var runningNames: [String] { machine.runningJobs.map(\.job.id.name) }

    // MARK: Words

    private static func words(_ action: WorkerStateMachine.Action) -> String {
        switch action {
        case .start(let starts):
            return "start " + starts.map { "\($0.job.id.name)@\($0.slot)" }.joined(separator: " ")
        case .cancel(let tasks):
            return "cancel " + tasks.map { "\($0.slot)#\($0.number)" }.joined(separator: " ")
        case .endSlots(let slots):
            return "end " + slots.map(String.init).joined(separator: " ")
        case .exchange(_, let items, let demand):
            let settle = items.map { "\($0.job.name) \($0.end.word)" }.joined(separator: ", ")
            let claim = demand.map { "claim \($0.limit)\($0.allowsSolo ? "" : " without solo")" }
            let parts = [settle.isEmpty ? nil : "settle \(settle)", claim]
            return parts.compactMap { $0 }.joined(separator: "; ")
        case .reportStuck(let jobs):
            return "stuck " + jobs.map { "\($0.job.id.name) \($0.since.seconds)" }.joined(separator: " ")
        case .wait(let deadline):
            return deadline.map { "wait until \($0.seconds)" } ?? "wait"
        case .finish:
            return "finish"
        }
    }
}
