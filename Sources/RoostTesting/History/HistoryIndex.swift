import RoostCore

/// A history sorted by job, lease, worker and call, in one pass: what the checks look things up in.
struct HistoryIndex {
    /// What one call sent, and what it was told.
    struct Call {
        var sent: HistoryEvent.EnqueueCall
        var reply: HistoryEvent.EnqueueReply?
    }

    /// A job waits for another, as the call says that stored it.
    struct Edge {
        var parent: Int
        var condition: EdgeCondition
        /// The place of the call in `calls`.
        var call: Int
        /// Whether it is certain who the parent is: one that is a duplicate is replaced by the holder of its key, and
        /// not every client learns of that.
        var isSure: Bool
    }

    let options: HistoryChecker.Options
    /// Microseconds.
    let tolerance: Int64
    /// By their first appearance.
    private(set) var jobs: [JobID] = []
    private var numbers: [JobID: Int] = [:]
    private(set) var transitions: Grouped<HistoryEvent.Transition>
    private(set) var actions: Grouped<HistoryEvent.OperatorAction>
    /// The number of the first cancel of a graph. The store ends such jobs step by step, later.
    private(set) var firstGraphCancel: Int64 = .max
    /// The number of the first action of another sort that names no job.
    private(set) var firstWideAction: Int64 = .max
    private(set) var observations: Grouped<HistoryEvent.Observation>
    private(set) var finals: Grouped<History.FinalJob>
    private(set) var calls: [Call] = []
    /// The calls that sent a job, by their place in `calls`.
    private(set) var senders: Grouped<Int>
    private(set) var edges: Grouped<Edge>
    private(set) var keys: UniqueKeys
    private(set) var claims = Grouped<ClaimSpan>()
    private(set) var runs = Grouped<BodyRun>()
    private(set) var staff: Staff
    private(set) var activity = Activity()
    private(set) var findings: [HistoryEvent.AuditFinding] = []
    /// When the last witness fell silent.
    private(set) var end: Int64 = .min

    init(_ history: History, _ options: HistoryChecker.Options) {
        self.options = options
        self.tolerance = options.tolerance.historyMicroseconds
        var sorter = HistorySorter()
        sorter.sort(history)
        self.jobs = sorter.jobs
        self.numbers = sorter.numbers
        let count = jobs.count
        self.transitions = Grouped(sorter.transitions, groups: sorter.transitionGroups, count: count)
        self.actions = Grouped(sorter.actions, groups: sorter.actionGroups, count: count)
        self.observations = Grouped(sorter.observations, groups: sorter.observationGroups, count: count)
        self.finals = Grouped(history.final, groups: sorter.finalGroups, count: count)
        self.senders = Grouped(sorter.senders, groups: sorter.senderGroups, count: count)
        self.firstGraphCancel = sorter.wideActions.first { $0.kind == .cancelGraph }?.number ?? .max
        self.firstWideAction = sorter.wideActions.first { $0.kind == .other }?.number ?? .max
        self.edges = Self.edges(sorter, senders: senders)
        self.keys = UniqueKeys(sorter, transitions)
        self.calls = sorter.calls
        self.findings = sorter.findings
        self.end = sorter.end
        self.staff = Staff(sorter, tolerance: tolerance)
        addClaims()
        addRuns(Grouped(sorter.bodies, groups: sorter.bodyGroups, count: count))
        addActivity(sorter.leases)
    }

    func number(of job: JobID) -> Int? { numbers[job] }

    /// Whether `first` came before `second`.
    func precedes(_ first: HistoryEvent.Transition, _ second: HistoryEvent.Transition) -> Bool {
        options.isJournalInOrder ? first.number < second.number : first.at <= second.at
    }

    func transition(_ place: Int) -> HistoryEvent.Transition { transitions.elements[place] }

    /// The actions about a job alone that were recorded after `earlier` and before `later` of its transitions. A store
    /// may record an action after what came of it, in the same transaction.
    func actions(
        of job: Int,
        after earlier: HistoryEvent.Transition?,
        before later: HistoryEvent.Transition?
    ) -> some Sequence<HistoryEvent.OperatorAction> {
        actions[job].lazy.filter {
            $0.number > earlier?.number ?? .min && $0.number < later?.number ?? .max
        }
    }

    private static func edges(_ sorter: HistorySorter, senders: Grouped<Int>) -> Grouped<Edge> {
        var edges: [Edge] = []
        var children: [Int32] = []
        for (place, call) in sorter.calls.enumerated() where !call.sent.edges.isEmpty {
            let holders = Dictionary((call.reply?.duplicates ?? []).map { ($0.job, $0.holder) }) { first, _ in first }
            let unique = Set(call.sent.jobs.lazy.filter { $0.unique != nil }.map(\.id))
            for edge in call.sent.edges where holders[edge.child] == nil {
                guard let child = sorter.numbers[edge.child] else { continue }
                let parent = sorter.numbers[holders[edge.parent] ?? edge.parent]
                let isTold = call.reply?.answer == .ok && senders[child].count == 1
                edges.append(
                    Edge(
                        // One that nobody knows is itself no parent, and never ends.
                        parent: parent ?? child,
                        condition: edge.condition,
                        call: place,
                        isSure: parent != nil && (isTold || !unique.contains(edge.parent))
                    )
                )
                children.append(Int32(child))
            }
        }
        return Grouped(edges, groups: children, count: sorter.jobs.count)
    }

    // MARK: Claims

    private mutating func addClaims() {
        for job in jobs.indices {
            var open: Int?
            for place in transitions.range(job) {
                let step = transitions.elements[place]
                if step.from == .running, let claim = open {
                    let before = transitions.elements[place - 1]
                    claims.modify(claim) {
                        $0.ended = place
                        $0.ending = Self.ending(before, step)
                    }
                    open = nil
                }
                if step.to == .running, step.from != .running || step.token != step.tokenBefore {
                    let worker = staff.leases[step.token]?.worker
                    let process = worker.flatMap { staff.workers[$0]?.process }
                    open = claims.elements.count
                    claims.append(ClaimSpan(token: step.token, worker: worker, process: process, began: place))
                }
            }
            claims.endGroup()
        }
    }

    private static func ending(
        _ before: HistoryEvent.Transition,
        _ step: HistoryEvent.Transition
    ) -> ClaimSpan.Ending {
        if step.crashes > before.crashes { return .takenBack }
        switch step.to {
        case .succeeded: return .succeeded
        case .failed: return .failed
        case .cancelled: return .cancelled
        case .expired: return .expired
        case .scheduled: return .retried
        case .ready: return step.attempt > before.attempt ? .retried : .givenBack
        case .held, .running, .waiting, .skipped, nil: return .unlawful
        }
    }

    // MARK: Bodies

    private mutating func addRuns(_ bodies: Grouped<HistoryEvent.BodyEvent>) {
        for job in jobs.indices {
            let first = runs.elements.count
            for event in bodies[job] {
                // A process may run a body twice at a time, if it lost the lease of the first: the attempt tells them apart.
                let known = (first..<runs.elements.count).last {
                    let run = runs.elements[$0]
                    return run.start.map { Self.isSameRun($0, event) } ?? false
                }
                switch (event.phase, known) {
                case (.start, _): begin(event, job)
                case (.effect, let run?):
                    runs.modify(run) { $0.effects.append(event) }
                    if let claim = runs.elements[run].claim { claims.modify(claim) { $0.effects += 1 } }
                case (.end, let run?): runs.modify(run) { $0.end = event }
                case (.effect, nil): runs.append(BodyRun(effects: [event]))
                case (.end, nil): runs.append(BodyRun(end: event))
                }
            }
            runs.endGroup()
        }
    }

    private mutating func begin(_ event: HistoryEvent.BodyEvent, _ job: Int) {
        func lastClaim(before time: Int64) -> Int? {
            claims.range(job).last { place in
                let claim = claims.elements[place]
                let began = transitions.elements[claim.began]
                guard claim.process == event.process, event.attempt == began.attempt + 1 else { return false }
                return (event.worker == nil || claim.worker == event.worker) && began.at <= time
            }
        }
        let claim = lastClaim(before: event.at) ?? lastClaim(before: event.at + tolerance)
        if let claim {
            claims.modify(claim) {
                $0.run = $0.run ?? runs.elements.count
                $0.runs += 1
            }
        }
        runs.append(BodyRun(start: event, claim: claim))
    }

    private static func isSameRun(_ start: HistoryEvent.BodyEvent, _ event: HistoryEvent.BodyEvent) -> Bool {
        guard start.process == event.process, start.attempt == event.attempt else { return false }
        guard let first = start.worker, let second = event.worker else { return true }
        return first == second
    }

    // MARK: Signs of life

    private mutating func addActivity(_ leases: [HistoryEvent.LeaseChange]) {
        var times = leases.filter { $0.change != .ended }.map(\.at)
        for claim in claims.elements where claim.ending != .takenBack && claim.ending != .unlawful {
            if let ended = claim.ended { times.append(transitions.elements[ended].at) }
        }
        activity = Activity(times: times, longestGap: options.activityGap.historyMicroseconds)
    }
}

extension Duration {
    /// As the times of a history.
    var historyMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
