import RoostCore
import RoostTesting

// MARK: 6: unique keys

extension HistoryFault {
    static let keys: [HistoryFault] = [
        HistoryFault(6, "two unfinished jobs have one key") { planter in
            let lives = planter.stepsByJob.compactMap { steps -> (job: JobID, from: Int64, to: Int64)? in
                guard let first = steps.first, let end = steps.first(where: { $0.event.to?.isFinished == true }) else {
                    return nil
                }
                return (first.event.job, first.event.number, end.event.number)
            }
            let pairs = lives.flatMap { life in
                lives.filter { $0.from > life.from && $0.from < life.to }.map { (life.job, $0.job) }
            }
            guard let (first, second) = planter.pick(pairs) else { return nil }
            planter.changeCalls { call in
                for place in call.jobs.indices where call.jobs[place].id == first || call.jobs[place].id == second {
                    call.jobs[place].unique = "planted"
                }
            }
            return .job(second)
        },
        HistoryFault(6, "a client was told of a holder that had ended") { planter in
            guard let (job, place, reply) = planter.duplicate(), let call = planter.call(reply) else { return nil }
            var late = reply
            late.at += 900_000_000
            planter.history.events[place] = .reply(late)
            for other in planter.history.events.indices {
                if case .call(var sent) = planter.history.events[other], sent.call == call.call {
                    sent.at += 900_000_000
                    planter.history.events[other] = .call(sent)
                }
            }
            return .job(job)
        },
        HistoryFault(6, "a client was told of a holder that does not exist") { planter in
            guard let (job, place, reply) = planter.duplicate() else { return nil }
            var other = reply
            for number in other.duplicates.indices where other.duplicates[number].job == job {
                other.duplicates[number].holder = JobID(high: 98, low: 98)
            }
            planter.history.events[place] = .reply(other)
            return .job(job)
        },
        HistoryFault(6, "a client was told that a job without a key is a duplicate") { planter in
            guard let (job, _, _) = planter.duplicate() else { return nil }
            planter.changeCalls { call in
                for place in call.jobs.indices where call.jobs[place].id == job { call.jobs[place].unique = nil }
            }
            return .job(job)
        },
        HistoryFault(6, "a client was told of a holder of another key") { planter in
            guard let (job, _, _) = planter.duplicate() else { return nil }
            planter.changeCalls { call in
                for place in call.jobs.indices where call.jobs[place].id == job { call.jobs[place].unique = "planted" }
            }
            return .job(job)
        },
    ]
}

// MARK: 9: edges

extension HistoryFault {
    static let edges: [HistoryFault] = [
        HistoryFault(9, "a child was released before a parent ended") { planter in
            let released = planter.releases
            guard let step = planter.pick(released) else { return nil }
            let steps = planter.stepsByJob
            // Whoever began before the child and ended after it was released might have been its parent.
            let later = steps.filter { steps in
                guard let end = steps.first(where: { $0.event.to?.isFinished == true }) else { return false }
                return end.event.number > step.event.number && steps[0].event.job != step.event.job
            }
            guard let parent = planter.pick(later)?.first?.event.job else { return nil }
            planter.changeCalls { call in
                if call.jobs.contains(where: { $0.id == step.event.job }) {
                    call.edges.append(.init(parent: parent, child: step.event.job, condition: .always))
                }
            }
            return .job(step.event.job)
        },
        HistoryFault(9, "a child was released with an edge still open") { planter in
            guard let step = planter.pick(planter.releases) else { return nil }
            planter.change(step.place) { $0.openEdges = 1 }
            return .job(step.event.job)
        },
        HistoryFault(9, "a child was released, and its parent never ended") { planter in
            guard let step = planter.pick(planter.releases) else { return nil }
            guard let parent = planter.pick(planter.edges(of: step.event.job))?.parent else { return nil }
            guard let end = planter.steps(of: parent).first(where: { $0.event.to?.isFinished == true }) else {
                return nil
            }
            planter.cut(parent, from: end.event.number, final: .running)
            return .job(step.event.job)
        },
        HistoryFault(9, "a child was released, though a parent ended otherwise than it needs") { planter in
            guard let step = planter.pick(planter.releases) else { return nil }
            planter.changeEdges(of: step.event.job) { condition in
                condition == .failure ? .success : .failure
            }
            // An edge that took any end may take this one too.
            let edges = planter.edges(of: step.event.job)
            let isBroken = edges.contains { edge in
                let end = planter.steps(of: edge.parent).first { $0.event.to?.isFinished == true }?.event.to
                switch edge.condition {
                case .success: return end != .succeeded
                case .failure: return end != .failed && end != .expired
                case .always: return false
                }
            }
            return isBroken ? .job(step.event.job) : nil
        },
        HistoryFault(9, "a child was skipped, though no parent was to blame") { planter in
            guard let step = planter.pick(planter.leaves(to: .skipped)) else { return nil }
            planter.changeEdges(of: step.event.job) { _ in .always }
            return .job(step.event.job)
        },
        HistoryFault(9, "a child was never released") { planter in
            guard let step = planter.pick(planter.releases) else { return nil }
            planter.cut(step.event.job, from: step.event.number, final: .waiting)
            return .job(step.event.job)
        },
        HistoryFault(9, "a child was released twice") { planter in
            guard let step = planter.pick(planter.releases) else { return nil }
            var (back, again) = (step.event, step.event)
            (back.from, back.to, back.number) = (.ready, .waiting, back.number + 1)
            again.number += 2
            planter.history.events += [.transition(back), .transition(again)]
            return .job(step.event.job)
        },
        HistoryFault(9, "a child was released late") { planter in
            let released = planter.releases.filter { !planter.edges(of: $0.event.job).isEmpty }
            guard let step = planter.pick(released) else { return nil }
            // All later ones too, but for the parents' ends, which may lie in the same moment.
            planter.history.events = planter.history.events.map { event in
                if case .transition(let other) = event, other.number < step.event.number, other.at == step.event.at {
                    return event
                }
                return event.at < step.event.at ? event : event.moved(by: 1)
            }
            planter.delay(from: step.event.at + 1, by: 90_000_000)
            return .job(step.event.job)
        },
        HistoryFault(9, "a job was skipped that waited for nobody any more") { planter in
            let ready = planter.stepsByJob.compactMap(\.last).filter {
                $0.event.to == .cancelled && $0.event.from == .ready
            }
            guard let step = planter.pick(ready) else { return nil }
            planter.change(step.place) { $0.to = .skipped }
            planter.changeFinal(step.event.job) { $0.state = .skipped }
            return .job(step.event.job)
        },
    ]
}

// MARK: 10: stops

extension HistoryFault {
    static let stops: [HistoryFault] = [
        HistoryFault(10, "a worker took its leave while its token was on a row") { planter in
            let stopped = planter.processes(that: .stopped)
            let held = planter.claims.filter { stopped.contains($0.process) && $0.ended != nil }
            guard let claim = planter.pick(held), let ended = claim.ended?.event else { return nil }
            for place in planter.history.events.indices {
                guard case .worker(var event) = planter.history.events[place], event.worker == claim.worker,
                    event.change == .forgotten
                else { continue }
                event.number = ended.number - 1
                planter.history.events[place] = .worker(event)
            }
            return .job(claim.job)
        },
        HistoryFault(10, "a process stopped while its token was on a row") { planter in
            let stopped = planter.processes(that: .stopped)
            let held = planter.claims.filter { claim in
                guard let ended = claim.ended else { return false }
                return stopped.contains(claim.process) && ended.event.at > claim.began.event.at + 10_000
            }
            guard let claim = planter.pick(held) else { return nil }
            planter.removeAll { event in
                if case .worker(let event) = event {
                    event.worker == claim.worker && event.change == .forgotten
                } else {
                    false
                }
            }
            for place in planter.history.events.indices {
                guard case .process(var event) = planter.history.events[place], event.process == claim.process,
                    event.change == .stopped
                else { continue }
                event.at = claim.began.event.at
                planter.history.events[place] = .process(event)
            }
            return .job(claim.job)
        },
        HistoryFault(10, "a process stopped, and its lease was left") { planter in
            let stopped = planter.processes(that: .stopped)
            guard let claim = planter.pick(planter.claims.filter { stopped.contains($0.process) }) else { return nil }
            planter.removeAll { event in
                if case .lease(let event) = event {
                    event.token == claim.began.event.token && event.change == .ended
                } else {
                    false
                }
            }
            return .noJob
        },
    ]
}

// MARK: 12 and 14: what bodies and clients tell

extension HistoryFault {
    static let witnesses: [HistoryFault] = [
        HistoryFault(12, "a client was told of an end before it was stored") { planter in
            guard let place = planter.pick(planter.observations),
                case .observed(var event) = planter.history.events[place]
            else { return nil }
            guard let first = planter.steps(of: event.job).first(where: { $0.event.to == event.state }) else {
                return nil
            }
            event.at = first.event.at - 1_000_000
            planter.history.events[place] = .observed(event)
            return .job(event.job)
        },
        HistoryFault(12, "a client was told of another end") { planter in
            guard let place = planter.pick(planter.observations),
                case .observed(var event) = planter.history.events[place]
            else { return nil }
            let been = Set(planter.steps(of: event.job).compactMap(\.event.to))
            guard let other = JobState.finished.subtracting(been).sorted(by: { $0.rawValue < $1.rawValue }).first else {
                return nil
            }
            event.state = other
            planter.history.events[place] = .observed(event)
            return .job(event.job)
        },
        HistoryFault(14, "an effect happened twice in one claim") { planter in
            guard let claim = planter.pick(planter.claims.filter { planter.place(of: .effect, in: $0) != nil }),
                let place = planter.place(of: .effect, in: claim)
            else { return nil }
            planter.history.events.insert(planter.history.events[place], at: place)
            return .job(claim.job)
        },
        HistoryFault(14, "a body ran twice under one claim") { planter in
            guard let claim = planter.pick(planter.claims.filter { planter.place(of: .start, in: $0) != nil }),
                let place = planter.place(of: .start, in: claim)
            else { return nil }
            planter.history.events.insert(planter.history.events[place], at: place)
            return .job(claim.job)
        },
        HistoryFault(14, "a body ran in a process without a claim") { planter in
            guard let claim = planter.pick(planter.claims.filter { !$0.bodies.isEmpty }) else { return nil }
            for place in claim.bodies {
                guard var body = planter.body(place) else { continue }
                (body.process, body.worker) = (77, nil)
                planter.history.events[place] = .body(body)
            }
            return .job(claim.job)
        },
        HistoryFault(14, "an effect happened though no body began") { planter in
            guard let step = planter.pick(planter.steps) else { return nil }
            planter.history.events.append(
                .body(.init(at: step.event.at, process: 77, job: step.event.job, attempt: 1, phase: .effect))
            )
            return .job(step.event.job)
        },
        HistoryFault(14, "an effect happened again after it was settled for good") { planter in
            let ended = planter.claims.filter {
                $0.ended?.event.to == .succeeded && planter.place(of: .effect, in: $0) != nil
            }
            guard let claim = planter.pick(ended), let end = claim.ended?.event else { return nil }
            planter.runAgain(claim, end)
            return .job(claim.job)
        },
    ]
}

extension HistoryPlanter {
    mutating func changeCalls(_ body: (inout HistoryEvent.EnqueueCall) -> Void) {
        for place in history.events.indices {
            guard case .call(var call) = history.events[place] else { continue }
            body(&call)
            history.events[place] = .call(call)
        }
    }

    func edges(of child: JobID) -> [HistoryEvent.EnqueueCall.Edge] {
        for case .call(let call) in history.events where call.jobs.contains(where: { $0.id == child }) {
            return call.edges.filter { $0.child == child }
        }
        return []
    }

    mutating func changeEdges(of child: JobID, _ body: (EdgeCondition) -> EdgeCondition) {
        changeCalls { call in
            for place in call.edges.indices where call.edges[place].child == child {
                call.edges[place].condition = body(call.edges[place].condition)
            }
        }
    }

    var releases: [Step] { leaves(to: .ready) }

    /// The steps by which children left `waiting` whose parents are known for certain.
    func leaves(to state: JobState) -> [Step] {
        var unique: Set<JobID> = []
        for case .call(let call) in history.events where isUnique(call) { unique.formUnion(call.jobs.map(\.id)) }
        return steps.filter { $0.event.from == .waiting && $0.event.to == state && !unique.contains($0.event.job) }
    }

    var observations: [Int] {
        places { event in
            if case .observed = event { true } else { false }
        }
    }

    mutating func duplicate() -> (job: JobID, place: Int, reply: HistoryEvent.EnqueueReply)? {
        let told = places { event in
            if case .reply(let reply) = event { !reply.duplicates.isEmpty } else { false }
        }
        guard let place = pick(told), case .reply(let reply) = history.events[place], let first = reply.duplicates.first
        else {
            return nil
        }
        return (first.job, place, reply)
    }

    func call(_ reply: HistoryEvent.EnqueueReply) -> HistoryEvent.EnqueueCall? {
        for case .call(let call) in history.events where call.call == reply.call { return call }
        return nil
    }

    /// Puts a second run behind a job's end, all of it in order but for that.
    mutating func runAgain(_ claim: Claim, _ end: HistoryEvent.Transition) {
        var (ready, began, ended) = (end, end, end)
        let token = end.token + 500_000
        (ready.from, ready.to, ready.number, ready.token) = (end.to, .ready, end.number + 1, 0)
        (began.from, began.to, began.number, began.token, began.tokenBefore) = (
            .ready, .running, end.number + 2, token, 0
        )
        began.claims += 1
        ended = began
        (ended.from, ended.to, ended.number, ended.tokenBefore) = (.running, .succeeded, end.number + 4, token)
        ended.attempt += 1
        history.events += [ready, began, ended].map { .transition($0) }
        history.events.append(
            .lease(
                .init(
                    number: end.number + 3,
                    at: end.at,
                    token: token,
                    worker: claim.worker,
                    change: .made,
                    until: end.at + 30_000_000
                )
            )
        )
        for phase in [HistoryEvent.BodyEvent.Phase.start, .effect, .end] {
            history.events.append(
                .body(
                    .init(at: end.at, process: claim.process, job: end.job, attempt: end.attempt + 1, phase: phase)
                )
            )
        }
        changeFinal(end.job) {
            $0.claims += 1
            $0.attempt += 1
        }
    }
}
