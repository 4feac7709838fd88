import RoostCore
import RoostTesting

/// Changes a clean history so that it breaks one rule.
struct HistoryPlanter {
    /// A transition and its place among the events.
    struct Step {
        var place: Int
        var event: HistoryEvent.Transition
    }

    struct Claim {
        var began: Step
        var ended: Step?
        var worker: Int64
        var process: Int32
        /// The places of what its body told.
        var bodies: [Int]

        var job: JobID { began.event.job }
        var isCharged: Bool { (ended?.event.attempt ?? 0) > began.event.attempt }
        var isCrash: Bool { (ended?.event.crashes ?? 0) > began.event.crashes }
    }

    var history: History
    var random: SeededRandom

    mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &random) }

    // MARK: Looking

    var steps: [Step] {
        var steps: [Step] = []
        for (place, event) in history.events.enumerated() {
            if case .transition(let event) = event { steps.append(Step(place: place, event: event)) }
        }
        return steps.sorted { $0.event.number < $1.event.number }
    }

    func steps(of job: JobID) -> [Step] { steps.filter { $0.event.job == job } }

    var stepsByJob: [[Step]] {
        let all = Dictionary(grouping: steps, by: \.event.job)
        return all.keys.sorted().compactMap { all[$0] }
    }

    var claims: [Claim] {
        var workers: [Int64: Int32] = [:]
        var holders: [Int64: Int64] = [:]
        for event in history.events {
            if case .worker(let event) = event { workers[event.worker] = event.process }
            if case .lease(let event) = event { holders[event.token] = event.worker }
        }
        var told: [JobID: [Int]] = [:]
        for place in history.events.indices {
            if let body = body(place) { told[body.job, default: []].append(place) }
        }
        var claims: [Claim] = []
        for steps in stepsByJob {
            for (place, step) in steps.enumerated() where step.event.to == .running {
                let worker = holders[step.event.token] ?? 0
                let process = workers[worker] ?? 0
                let later = steps.dropFirst(place + 1)
                // A body may outlast its claim, but not the process's next claim of the job.
                let next = later.first { $0.event.to == .running && holders[$0.event.token] == worker }
                let bodies = (told[step.event.job] ?? []).filter { place in
                    guard let body = body(place), body.process == process else { return false }
                    return body.at >= step.event.at && body.at < next?.event.at ?? .max
                }
                claims.append(
                    Claim(began: step, ended: later.first, worker: worker, process: process, bodies: bodies)
                )
            }
        }
        return claims
    }

    func places(where matches: (HistoryEvent) -> Bool) -> [Int] {
        history.events.indices.filter { matches(history.events[$0]) }
    }

    func body(_ place: Int) -> HistoryEvent.BodyEvent? {
        if case .body(let event) = history.events[place] { event } else { nil }
    }

    func place(of phase: HistoryEvent.BodyEvent.Phase, in claim: Claim) -> Int? {
        claim.bodies.first { body($0)?.phase == phase }
    }

    /// The calls that alone sent what they sent, with their answers.
    var soleCalls: [(call: HistoryEvent.EnqueueCall, reply: HistoryEvent.EnqueueReply?, places: [Int])] {
        var times: [JobID: Int] = [:]
        for case .call(let call) in history.events { for job in call.jobs { times[job.id, default: 0] += 1 } }
        return history.events.indices.compactMap { place in
            guard case .call(let call) = history.events[place], call.jobs.allSatisfy({ times[$0.id] == 1 }) else {
                return nil
            }
            var reply: HistoryEvent.EnqueueReply?
            var places = [place]
            for other in history.events.indices {
                guard case .reply(let told) = history.events[other], told.call == call.call else { continue }
                reply = told
                places.append(other)
            }
            return (call, reply, places)
        }
    }

    func isStored(_ job: JobID) -> Bool { steps.contains { $0.event.job == job } }

    // MARK: Changing

    mutating func change(_ place: Int, _ body: (inout HistoryEvent.Transition) -> Void) {
        guard case .transition(var event) = history.events[place] else { return }
        body(&event)
        history.events[place] = .transition(event)
    }

    /// Changes a job's transitions from `number` on, and how the store holds it in the end.
    mutating func change(
        _ job: JobID,
        from number: Int64,
        _ body: (inout HistoryEvent.Transition) -> Void,
        final: (inout History.FinalJob) -> Void
    ) {
        for step in steps(of: job) where step.event.number >= number { change(step.place, body) }
        changeFinal(job, final)
    }

    mutating func changeFinal(_ job: JobID, _ body: (inout History.FinalJob) -> Void) {
        if let place = history.final.firstIndex(where: { $0.id == job }) { body(&history.final[place]) }
    }

    mutating func remove(_ places: [Int]) {
        for place in Set(places).sorted(by: >) { history.events.remove(at: place) }
    }

    mutating func removeAll(where matches: (HistoryEvent) -> Bool) { remove(places(where: matches)) }

    /// Leaves no trace of a job but the calls that sent it.
    mutating func forget(_ job: JobID) {
        removeAll { event in
            switch event {
            case .transition(let event): event.job == job
            case .body(let event): event.job == job
            case .observed(let event): event.job == job
            case .action(let event): event.job == job
            default: false
            }
        }
        history.final.removeAll { $0.id == job }
    }

    /// Takes away a job's transitions from `number` on, and what its bodies and observers told since.
    mutating func cut(_ job: JobID, from number: Int64, final state: JobState) {
        guard let last = steps(of: job).last(where: { $0.event.number < number })?.event else { return }
        removeAll { event in
            switch event {
            case .transition(let event): event.job == job && event.number >= number
            case .body(let event): event.job == job && event.at > last.at
            case .observed(let event): event.job == job
            default: false
            }
        }
        history.final.removeAll { $0.id == job }
        history.final.append(
            .init(
                id: job,
                kind: "K",
                state: state,
                token: last.token,
                claims: last.claims,
                attempt: last.attempt,
                crashes: last.crashes
            )
        )
    }

    /// Lets all that happened from `time` on happen so much later, while another worker shows all along that the store can be
    /// reached.
    mutating func delay(from time: Int64, by delay: Int64) {
        history.events = history.events.map { event in
            event.at < time ? event : event.moved(by: delay)
        }
        let number: Int64 = 1_000_000_000
        history.events.append(.worker(.init(number: number, at: time, worker: 999, process: 999, change: .registered)))
        for (count, at) in stride(from: time, through: time + delay, by: 2_000_000).enumerated() {
            history.events.append(
                .lease(
                    .init(
                        number: number + Int64(count) + 1,
                        at: at,
                        token: number,
                        worker: 999,
                        change: count == 0 ? .made : .extended,
                        until: at + 30_000_000
                    )
                )
            )
        }
    }
}

extension HistoryEvent {
    func moved(by delay: Int64) -> HistoryEvent {
        switch self {
        case .transition(var event):
            event.at += delay
            return .transition(event)
        case .lease(var event):
            event.at += delay
            event.until += delay
            return .lease(event)
        case .worker(var event):
            event.at += delay
            return .worker(event)
        case .action(var event):
            event.at += delay
            return .action(event)
        case .call(var event):
            event.at += delay
            return .call(event)
        case .reply(var event):
            event.at += delay
            return .reply(event)
        case .body(var event):
            event.at += delay
            return .body(event)
        case .observed(var event):
            event.at += delay
            return .observed(event)
        case .process(var event):
            event.at += delay
            return .process(event)
        case .finding(var event):
            event.at += delay
            return .finding(event)
        }
    }
}
