import RoostCore

/// Takes a history's events apart by what they tell of, and gives each job a number.
struct HistorySorter {
    private(set) var jobs: [JobID] = []
    private(set) var numbers: [JobID: Int] = [:]
    private(set) var transitions: [HistoryEvent.Transition] = []
    private(set) var transitionGroups: [Int32] = []
    private(set) var leases: [HistoryEvent.LeaseChange] = []
    private(set) var workers: [HistoryEvent.WorkerChange] = []
    private(set) var actions: [HistoryEvent.OperatorAction] = []
    private(set) var actionGroups: [Int32] = []
    private(set) var wideActions: [HistoryEvent.OperatorAction] = []
    private(set) var calls: [HistoryIndex.Call] = []
    private(set) var senders: [Int] = []
    private(set) var senderGroups: [Int32] = []
    private(set) var bodies: [HistoryEvent.BodyEvent] = []
    private(set) var bodyGroups: [Int32] = []
    private(set) var observations: [HistoryEvent.Observation] = []
    private(set) var observationGroups: [Int32] = []
    private(set) var processes: [HistoryEvent.ProcessEvent] = []
    private(set) var findings: [HistoryEvent.AuditFinding] = []
    private(set) var finalGroups: [Int32] = []
    private(set) var end: Int64 = .min

    private struct CallKey: Hashable {
        var client: String
        var call: Int
    }

    mutating func sort(_ history: History) {
        var replies: [CallKey: HistoryEvent.EnqueueReply] = [:]
        for event in history.events {
            end = max(end, event.at)
            switch event {
            case .transition(let event): transitions.append(event)
            case .lease(let event): leases.append(event)
            case .worker(let event): workers.append(event)
            case .action(let event): actions.append(event)
            case .call(let event): calls.append(.init(sent: event))
            case .reply(let event): replies[CallKey(client: event.client, call: event.call)] = event
            case .body(let event): bodies.append(event)
            case .observed(let event): observations.append(event)
            case .process(let event): processes.append(event)
            case .finding(let event): findings.append(event)
            }
        }
        Self.sort(&transitions) { $0.number < $1.number }
        Self.sort(&leases) { $0.number < $1.number }
        Self.sort(&workers) { $0.number < $1.number }
        Self.sort(&actions) { $0.number < $1.number }
        Self.sort(&bodies) { $0.at < $1.at }
        Self.sort(&processes) { $0.at < $1.at }
        for place in calls.indices {
            let sent = calls[place].sent
            calls[place].reply = replies[CallKey(client: sent.client, call: sent.call)]
            for job in sent.jobs {
                senders.append(place)
                senderGroups.append(number(job.id))
            }
        }
        transitionGroups = transitions.map { number($0.job) }
        wideActions = actions.filter { $0.job == nil || $0.kind == .cancelGraph }
        actions.removeAll { $0.job == nil || $0.kind == .cancelGraph }
        actionGroups = actions.map { number($0.job ?? JobID(high: 0, low: 0)) }
        bodyGroups = bodies.map { number($0.job) }
        observationGroups = observations.map { number($0.job) }
        finalGroups = history.final.map { number($0.id) }
    }

    private mutating func number(_ job: JobID) -> Int32 {
        if let known = numbers[job] { return Int32(known) }
        numbers[job] = jobs.count
        jobs.append(job)
        return Int32(jobs.count - 1)
    }

    /// Most come in order.
    private static func sort<Element>(_ elements: inout [Element], by areInOrder: (Element, Element) -> Bool) {
        let isSorted = zip(elements, elements.dropFirst()).allSatisfy { !areInOrder($1, $0) }
        if !isSorted { elements.sort(by: areInOrder) }
    }
}
