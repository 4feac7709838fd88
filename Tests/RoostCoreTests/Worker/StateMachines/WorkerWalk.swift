import RoostTesting

@testable import RoostCore

/// A seeded driver that plays the store and the slots of a worker, in any order that they could act in, and checks
/// after each step what must always hold.
struct WorkerWalk {
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }

    /// What a slot's task does.
    private enum SlotTask: Equatable {
        /// Its hooks, or the way from one job to the next.
        case between
        /// It asked without waiting and got nothing: it will ask again.
        case asking
        case waiting
        case running(JobID)
        /// It was told to end.
        case ending
        case ended
    }

    /// A job in the hands of the worker.
    private struct Held {
        enum Place {
            /// Somewhere in the machine, not started.
            case held
            case running
            /// Its end was given to the machine.
            case told
        }

        var job: ClaimedJob
        var place = Place.held
        var hasLease = true
    }

    /// An exchange on its way.
    private struct Call {
        let number: Int
        var items: [SettleItem]
        var demand: WorkerStateMachine.ClaimDemand?
        let asked: Duration
    }

    private let slotCount: Int
    private var machine: WorkerStateMachine
    private var random: SeededRandom
    private var now: Duration = .zero
    private var slots: [SlotTask]
    private var taskNumbers: [Int]
    private var held: [JobID: Held] = [:]
    private let exchangesAtOnce: Int
    private var calls: [Call] = []
    /// What calls told that failed: it must be told again.
    private var toRetell: Set<JobID> = []
    private var nextToken: Int64 = 1
    /// The uptime at which the lease of each token is over for certain.
    private var leaseEnds: [LeaseToken: Duration] = [:]
    private var nextJob: UInt64 = 1
    /// Jobs that the store has ready.
    private var readyJobs = 0
    private var isShuttingDown = false
    private var hasFinished = false
    private var log: [String] = []
    private(set) var settledCount = 0
    private(set) var startedCount = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        slotCount = Int.random(in: 1...6, using: &random)
        exchangesAtOnce = random.oneIn(2) ? 1 : Int.random(in: 2...500, using: &random)
        machine = WorkerStateMachine(
            slots: slotCount,
            pollInterval: .seconds(1),
            lease: .seconds(30),
            exchangesAtOnce: exchangesAtOnce
        )
        slots = Array(repeating: .between, count: slotCount)
        taskNumbers = Array(repeating: 0, count: slotCount)
        for slot in 0..<slotCount { taskNumbers[slot] = machine.beginTask(slot: slot) }
    }

    // MARK: The walk

    /// Walks `steps` steps, then drains and walks on until the worker finishes.
    mutating func run(steps: Int) throws {
        for _ in 0..<steps { try step() }
        shutDown(atOnce: random.oneIn(2))
        var rest = 20_000
        while !hasFinished {
            rest -= 1
            try require(rest > 0, "it does not finish")
            try step()
        }
        try require(held.values.allSatisfy { $0.place == .held && !$0.hasLease } || held.isEmpty, "it finished early")
        try require(slots.allSatisfy { $0 == .ended }, "it finished before its slots")
    }

    private mutating func step() throws {
        switch Int.random(in: 0..<100, using: &random) {
        case ..<30: try engine()
        case ..<50: try answer()
        case ..<85: try slot(Int.random(in: 0..<slotCount, using: &random))
        case ..<92: enqueue()
        case ..<96: now += .milliseconds(Int.random(in: 0...120, using: &random))
        case 96: now += .milliseconds(Int.random(in: 0...4000, using: &random))
        // The process stood still.
        case 97 where random.oneIn(10): now += .seconds(30)
        case 97: try heartbeat()
        case 98: requestCancel()
        default: isShuttingDown || !random.oneIn(200) ? machine.wake() : shutDown(atOnce: random.oneIn(2))
        }
        try check()
    }

    // MARK: The engine

    private mutating func engine() throws {
        // Where only one may be on its way, the engine waits for it.
        guard !hasFinished, calls.isEmpty || exchangesAtOnce > 1 else { return }
        let action = machine.next(now: now)
        forgetLost()
        switch action {
        case .start(let starts):
            note("start")
            for (slot, job) in starts {
                try require(slots[slot] == .waiting, "slot \(slot) did not wait")
                try start(job, slot)
            }
        case .cancel(let tasks):
            note("cancel")
            for task in tasks { try require(task.number <= taskNumbers[task.slot], "a task that there is not yet") }
        case .endSlots(let ending):
            note("end")
            try require(machine.phase != .running, "a slot ended while the worker runs")
            for slot in ending {
                try require(slots[slot] == .waiting, "slot \(slot) did not wait")
                slots[slot] = .ending
            }
        case .exchange(let call, let items, let demand):
            try send(Call(number: call, items: items, demand: demand, asked: now))
        case .reportStuck:
            note("stuck")
        case .wait(let deadline):
            try checkWait(until: deadline)
        case .finish:
            note("finish")
            hasFinished = true
        }
    }

    private mutating func send(_ call: Call) throws {
        let (items, demand) = (call.items, call.demand)
        note("exchange \(items.count) \(demand?.limit ?? 0)")
        try require(!items.isEmpty || demand != nil, "an exchange of nothing")
        try require(calls.count < exchangesAtOnce, "more exchanges than may be on their way")
        try require(calls.isEmpty || !machine.window.isShared, "several exchanges where others claim too")
        let isFull = items.count + (demand?.limit ?? 0) >= 1000 / exchangesAtOnce
        try require(calls.isEmpty || isFull, "a small exchange beside another")
        let left = toRetell.subtracting(items.map(\.job))
        let known = calls.reduce(toRetell) { $0.union($1.items.map(\.job)) }
        try require(
            left.isEmpty || items.allSatisfy { toRetell.contains($0.job) },
            "later ends are told before those that failed"
        )
        try require(
            items.allSatisfy { toRetell.contains($0.job) || !known.contains($0.job) },
            "an end is told twice at once"
        )
        toRetell = left
        for item in items {
            guard let told = held[item.job] else { throw violation("\(item.job.low) is told, and is not held") }
            try require(told.job.token == item.token, "\(item.job.low) is told under another token")
            // The machine itself ends only what it never started.
            if told.place == .held {
                try require(item.end == .released || told.job.verdict != .run, "\(item.job.low) ended without a run")
                held[item.job]?.place = .told
            } else {
                try require(told.place == .told, "\(item.job.low) is told while it runs")
            }
        }
        try require(Set(items.map(\.job)).count == items.count, "a job is told twice in a call")
        if let demand {
            try require((1...ClaimerStateMachine.largestClaim).contains(demand.limit), "a claim of \(demand.limit)")
            try require(machine.phase == .running, "a claim after the drain")
            try require(
                !held.values.contains { $0.job.isSolo && $0.place != .told && $0.hasLease && !isInSettler($0) },
                "a claim beside a solo job"
            )
        }
        calls.append(call)
    }

    private func checkWait(until deadline: Duration?) throws {
        if let deadline { try require(deadline > now, "it waits until \(deadline.seconds), which has passed") }
        // An answer comes.
        guard calls.isEmpty else { return }
        try require(machine.settler.unsettled == 0 || deadline != nil, "it waits for ever with ends to tell")
        let isWaiting = slots.contains(.waiting)
        let solo = held.values.contains { $0.job.isSolo && $0.place == .held && $0.hasLease }
        let soloRuns = held.values.contains { $0.job.isSolo && $0.place == .running }
        if machine.phase == .running, isWaiting, machine.settler.unsettled == 0, !soloRuns {
            if solo {
                try require(!machine.runningJobs.isEmpty, "a solo job is not started")
            } else {
                try require(
                    deadline.map { $0 <= now + SoloTurn.longestWait } == true,
                    "a slot waits and nothing will be claimed"
                )
            }
        }
    }

    // MARK: The store

    private mutating func enqueue() {
        readyJobs += Int.random(in: 1...20, using: &random)
        machine.wake()
    }

    private mutating func answer() throws {
        guard let index = calls.indices.randomElement(using: &random) else { return }
        let call = calls.remove(at: index)
        if random.oneIn(6) {
            note("failed")
            toRetell.formUnion(call.items.map(\.job))
            let pause = machine.exchangeFailed(call.number, now: now, chance: .random(in: 0..<1, using: &random))
            try require(pause >= .zero && pause <= .seconds(5), "a pause of \(pause.seconds)")
            try require(exchangesAtOnce > 1 || pause > .zero, "no pause")
            return
        }
        var claim: Claim?
        if let demand = call.demand { claim = handOut(demand, asked: call.asked) }
        note("answer \(claim?.jobs.count ?? 0)")
        let answer = ExchangeAnswer(
            settled: call.items.map { _ in .applied },
            claim: claim,
            now: Timestamp(microseconds: 0)
        )
        let settled = machine.exchanged(call.number, answer, now: now)
        try require(settled?.map(\.item) == call.items, "the settled are others than were told")
        for item in call.items { held[item.job] = nil }
        settledCount += call.items.count
    }

    private mutating func handOut(_ demand: WorkerStateMachine.ClaimDemand, asked: Duration) -> Claim {
        let count = min(readyJobs, demand.limit)
        let due: Duration? = random.oneIn(3) ? .milliseconds(Int.random(in: 0...2000, using: &random)) : nil
        guard count > 0 else { return Claim(nextDue: due) }
        let token = LeaseToken(nextToken)
        nextToken += 1
        leaseEnds[token] = asked + .seconds(30)
        var jobs: [ClaimedJob] = []
        let isSolo = demand.allowsSolo && random.oneIn(8)
        for _ in 0..<(isSolo ? 1 : count) {
            var job = ClaimedJob("x", token: token.number)
            job.id = JobID(high: 0, low: nextJob)
            nextJob += 1
            job.isSolo = isSolo
            if !isSolo, random.oneIn(10) {
                job.verdict = [.expired, .revoked, .poison, .unreadable].randomElement(using: &random) ?? .run
            }
            jobs.append(job)
            held[job.id] = Held(job: job)
        }
        readyJobs -= jobs.count
        return Claim(token: token, jobs: jobs, nextDue: due, followsOther: random.oneIn(4))
    }

    // MARK: The slots

    private mutating func slot(_ slot: Int) throws {
        switch slots[slot] {
        case .between: try ask(slot, mayWait: random.oneIn(2))
        case .asking: try ask(slot, mayWait: true)
        case .running(let job): try finish(slot, job)
        case .ending:
            machine.ended(slot: slot)
            slots[slot] = .ended
        case .waiting, .ended: break
        }
    }

    private mutating func ask(_ slot: Int, mayWait: Bool) throws {
        let next = machine.next(slot: slot, mayWait: mayWait, now: now)
        forgetLost()
        switch next {
        case .run(let job): try start(job, slot)
        case .wait: slots[slot] = mayWait ? .waiting : .asking
        case .end:
            try require(machine.phase != .running, "a slot ended while the worker runs")
            slots[slot] = .ending
        }
    }

    private mutating func start(_ job: ClaimedJob, _ slot: Int) throws {
        guard let known = held[job.id] else { throw violation("\(job.id.low) is started, and is not held") }
        try require(known.place == .held, "\(job.id.low) is started twice, or after its end")
        try require(known.hasLease, "\(job.id.low) is started without a lease")
        try require(leaseEnds[job.token].map { $0 > now } == true, "\(job.id.low) is started after its lease's end")
        try require(job.verdict == .run, "\(job.id.low) must not run")
        try require(machine.phase == .running, "\(job.id.low) is started after the drain")
        try require(
            machine.settler.unsettled < max(slotCount, 1000),
            "\(job.id.low) is started with too much unsettled"
        )
        if job.isSolo {
            try require(machine.runningJobs.count == 1 && machine.settler.unsettled == 0, "a solo job is not alone")
        } else {
            try require(!machine.runningJobs.contains { $0.job.isSolo }, "a job is started beside a solo one")
        }
        held[job.id]?.place = .running
        slots[slot] = .running(job.id)
        startedCount += 1
        if random.oneIn(4) {
            machine.setDeadline(now + .milliseconds(Int.random(in: 1...500, using: &random)), slot: slot)
        }
    }

    private mutating func finish(_ slot: Int, _ id: JobID) throws {
        guard let job = held[id]?.job else { throw violation("\(id.low) runs, and is not held") }
        let reason = machine.cancelReason(slot: slot)
        // Some jobs take long.
        if reason == nil, random.oneIn(3) { return }
        let needsFreshTask: Bool
        if reason == .leaseLost {
            needsFreshTask = machine.finished(slot: slot, entry: nil, now: now)
            held[id] = nil
        } else {
            let end = reason == .shutdown ? JobEnd.released : .succeeded(output: nil)
            let item = SettleItem(job: id, token: job.token, end: end)
            needsFreshTask = machine.finished(slot: slot, entry: .init(item: item, event: nil), now: now)
            held[id]?.place = .told
        }
        try require(needsFreshTask == (reason != nil), "the slot's task is the wrong one")
        if needsFreshTask { taskNumbers[slot] = machine.beginTask(slot: slot) }
        slots[slot] = .between
    }

    // MARK: The heartbeat

    private mutating func heartbeat() throws {
        if random.oneIn(4) {
            machine.endLeases(now: now)
        } else {
            let tokens = machine.leases.tokens
            var lost: [LeaseToken] = []
            for token in tokens where random.oneIn(12) { lost.append(token) }
            machine.leasesExtended(tokens, lost: lost, asked: now, now: now)
            for token in tokens { leaseEnds[token] = now + .seconds(30) }
        }
        forgetLost()
        note("heartbeat")
    }

    /// What was neither started nor told is dropped with its lease; a told end stays on its way.
    private mutating func forgetLost() {
        let leases = Set(machine.leases.tokens)
        for (id, job) in held where !leases.contains(job.job.token) {
            held[id]?.hasLease = false
        }
        let dropped = held.values.filter { $0.place == .held && !$0.hasLease }
        for job in dropped where !isInSettler(job) { held[job.job.id] = nil }
    }

    /// Whether a job that was not started has an end of the machine's own making on its way.
    private func isInSettler(_ job: Held) -> Bool {
        var settler = machine.settler
        return settler.abandon().contains { $0.item.job == job.job.id }
    }

    private mutating func requestCancel() {
        var ids = held.keys.sorted().filter { _ in random.oneIn(6) }
        ids.append(JobID(high: 9, low: 9))
        machine.cancelRequested(ids, now: now)
        note("request")
    }

    private mutating func shutDown(atOnce: Bool) {
        isShuttingDown = true
        note("shut down")
        if atOnce { machine.stop(now: now) } else { machine.drain(until: now + .seconds(2)) }
    }

    // MARK: What always holds

    private func check() throws {
        let running = slots.filter { if case .running = $0 { true } else { false } }.count
        try require(machine.runningJobs.count == running, "the machine and the slots differ on what runs")
        try require(running <= slotCount, "more jobs run than there are slots")
        // Each job is in exactly one place: the slots, the settler, the buffer, or it is the solo job that waits.
        let soloWaits = held.values.contains { $0.job.isSolo && $0.place == .held && !isInSettler($0) }
        let places = machine.bufferedCount + running + machine.settler.unsettled + (soloWaits ? 1 : 0)
        try require(places == held.count, "\(held.count) jobs are in \(places) places")
        if machine.phase != .running {
            try require(machine.bufferedCount == 0, "a buffer after the drain")
        }
    }

    private func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        if !condition { throw violation(message()) }
    }

    private func violation(_ message: String) -> Violation {
        Violation(description: "\(message) at \(now.seconds); before: \(log.suffix(12).joined(separator: ", "))")
    }

    private mutating func note(_ text: String) {
        log.append(text)
        if log.count > 100 { log.removeFirst(80) }
    }
}
