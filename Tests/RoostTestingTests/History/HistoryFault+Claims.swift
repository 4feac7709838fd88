import RoostCore
import RoostTesting

// MARK: 1: leases

extension HistoryFault {
    static let leases: [HistoryFault] = [
        HistoryFault(1, "a job was taken back before its lease was over") { planter in
            let dead = planter.processes(that: .died)
            let crashed = planter.claims.filter { $0.isCrash && !dead.contains($0.process) }
            guard let claim = planter.pick(crashed) else { return nil }
            planter.changeLease(claim.began.event.token) { $0.until += 60_000_000 }
            return .job(claim.job)
        },
        HistoryFault(1, "a job was taken back from a process that lived") { planter in
            let dead = planter.processes(that: .died)
            let crashed = planter.claims.filter { claim in
                dead.contains(claim.process) && claim.isCrash
                    && planter.lastUntil(claim.began.event.token) > (claim.ended?.event.at ?? .max) + 1_000_000
            }
            guard let claim = planter.pick(crashed) else { return nil }
            planter.removeAll { event in
                if case .process(let event) = event { event.process == claim.process } else { false }
            }
            return .job(claim.job)
        },
        HistoryFault(1, "a job was taken back from a process that died later") { planter in
            let dead = planter.processes(that: .died)
            let crashed = planter.claims.filter { claim in
                dead.contains(claim.process) && claim.isCrash
                    && planter.lastUntil(claim.began.event.token) > (claim.ended?.event.at ?? .max) + 1_000_000
            }
            guard let claim = planter.pick(crashed), let ended = claim.ended?.event else { return nil }
            for place in planter.history.events.indices {
                guard case .process(var event) = planter.history.events[place], event.process == claim.process,
                    event.change == .died
                else { continue }
                event.at = ended.at + 1_000_000
                planter.history.events[place] = .process(event)
            }
            // Its last word, after it was taken for dead.
            planter.history.events.append(
                .body(
                    .init(
                        at: ended.at + 500_000,
                        process: claim.process,
                        job: claim.job,
                        attempt: claim.began.event.attempt + 1,
                        phase: .end
                    )
                )
            )
            return .job(claim.job)
        },
        HistoryFault(1, "a job was claimed without a lease") { planter in
            guard let claim = planter.pick(planter.claims) else { return nil }
            planter.removeAll { event in
                if case .lease(let event) = event { event.token == claim.began.event.token } else { false }
            }
            return .job(claim.job)
        },
        HistoryFault(1, "a job was claimed while another claim held it") { planter in
            let again = planter.claims.filter { claim in
                planter.steps(of: claim.job).contains { $0.event.from == .running && $0.event.to == .ready }
            }
            guard let claim = planter.pick(again) else { return nil }
            let steps = planter.steps(of: claim.job)
            guard let place = steps.firstIndex(where: { $0.event.from == .running && $0.event.to == .ready }),
                place + 1 < steps.count, steps[place + 1].event.to == .running
            else { return nil }
            planter.change(steps[place + 1].place) {
                $0.from = .running
                $0.tokenBefore = steps[place].event.tokenBefore
            }
            planter.remove([steps[place].place])
            return .job(claim.job)
        },
        HistoryFault(1, "a job was claimed before it was ready") { planter in
            let promoted = planter.steps.filter { $0.event.from == .scheduled && $0.event.to == .ready }
            guard let ready = planter.pick(promoted) else { return nil }
            let next = planter.steps(of: ready.event.job).first { $0.event.number > ready.event.number }
            guard let next, next.event.to == .running else { return nil }
            planter.change(next.place) { $0.from = .scheduled }
            planter.remove([ready.place])
            return .job(ready.event.job)
        },
        HistoryFault(1, "a lease was extended when it was over") { planter in
            let frozen = planter.processes(that: .frozen)
            let claims = planter.claims.filter { !frozen.contains($0.process) }
            guard let claim = planter.pick(claims), let lease = planter.made(claim) else { return nil }
            var late = lease
            (late.change, late.number, late.at) = (.extended, lease.number + 1, lease.until + 1_000_000)
            late.until += 60_000_000
            planter.history.events.append(.lease(late))
            return .noJob
        },
        HistoryFault(1, "a token was given out twice") { planter in
            guard var again = planter.lease(.made) else { return nil }
            again.number += 1
            planter.history.events.append(.lease(again))
            return .noJob
        },
        HistoryFault(1, "a lease was extended after it had ended") { planter in
            guard var late = planter.lease(.ended) else { return nil }
            (late.change, late.number) = (.extended, late.number + 1)
            planter.history.events.append(.lease(late))
            return .noJob
        },
        HistoryFault(1, "a lease ended that was never made") { planter in
            guard var lost = planter.lease(.ended) else { return nil }
            lost.token += 700_000
            planter.history.events.append(.lease(lost))
            return .noJob
        },
        HistoryFault(1, "a lease changed hands") { planter in
            guard let lease = planter.lease(.made) else { return nil }
            var other = lease
            (other.change, other.number, other.worker) = (.extended, lease.number + 1, lease.worker + 1)
            planter.history.events.append(.lease(other))
            return .noJob
        },
        HistoryFault(1, "a job was claimed under a lease that had ended") { planter in
            guard let claim = planter.pick(planter.claims) else { return nil }
            for place in planter.history.events.indices {
                guard case .lease(var event) = planter.history.events[place], event.token == claim.began.event.token
                else { continue }
                event.number = claim.began.event.number - (event.change == .ended ? 1 : 2)
                planter.history.events[place] = .lease(event)
            }
            return .job(claim.job)
        },
        HistoryFault(1, "a worker that is not known made a lease") { planter in
            guard let claim = planter.pick(planter.claims) else { return nil }
            planter.removeAll { event in
                if case .worker(let event) = event { event.worker == claim.worker } else { false }
            }
            return .noJob
        },
    ]
}

// MARK: 2: counters

extension HistoryFault {
    static let counters: [HistoryFault] = [
        HistoryFault(2, "a claim was counted twice") { planter in
            guard let claim = planter.pick(planter.claims) else { return nil }
            planter.change(claim.job, from: claim.began.event.number) {
                $0.claims += 1
            } final: {
                $0.claims += 1
            }
            return .job(claim.job)
        },
        HistoryFault(2, "a claim was not counted") { planter in
            guard let claim = planter.pick(planter.claims) else { return nil }
            planter.change(claim.job, from: claim.began.event.number) {
                $0.claims -= 1
            } final: {
                $0.claims -= 1
            }
            return .job(claim.job)
        },
        HistoryFault(2, "claims fell at an end") { planter in
            guard let claim = planter.pick(planter.claims), let ended = claim.ended else { return nil }
            planter.change(claim.job, from: ended.event.number) {
                $0.claims -= 1
            } final: {
                $0.claims -= 1
            }
            return .job(claim.job)
        },
        HistoryFault(2, "a give-back was charged") { planter in
            let released = planter.claims.filter { claim in
                let hasRun = planter.claims.contains { $0.job == claim.job && !$0.bodies.isEmpty }
                return claim.ended?.event.to == .ready && !claim.isCharged && claim.bodies.isEmpty && hasRun
                    && !planter.isChild(claim.job)
                    && claim.ended?.event.at ?? 0 < planter.time(of: .asked, claim.process)
            }
            guard let claim = planter.pick(released), let ended = claim.ended else { return nil }
            planter.charge(claim.job, from: ended.event)
            return .job(claim.job)
        },
        HistoryFault(10, "a give-back at a stop was charged") { planter in
            let released = planter.claims.filter { claim in
                let hasRun = planter.claims.contains { $0.job == claim.job && !$0.bodies.isEmpty }
                return claim.ended?.event.to == .ready && !claim.isCharged && claim.bodies.isEmpty && hasRun
                    && !planter.isChild(claim.job)
                    && claim.ended?.event.at ?? 0 >= planter.time(of: .asked, claim.process)
            }
            guard let claim = planter.pick(released), let ended = claim.ended else { return nil }
            planter.charge(claim.job, from: ended.event)
            return .job(claim.job)
        },
        HistoryFault(2, "a success was not charged") { planter in
            let done = planter.claims.filter { $0.ended?.event.to == .succeeded }
            guard let claim = planter.pick(done), let ended = claim.ended else { return nil }
            planter.change(claim.job, from: ended.event.number) {
                $0.attempt -= 1
            } final: {
                $0.attempt -= 1
            }
            return .job(claim.job)
        },
        HistoryFault(2, "a throw was not charged") { planter in
            let thrown = planter.claims.filter { claim in
                let isThrow = claim.ended?.event.to == .scheduled || claim.ended?.event.to == .failed
                return isThrow && claim.isCharged
            }
            guard let claim = planter.pick(thrown), let ended = claim.ended else { return nil }
            planter.change(claim.job, from: ended.event.number) {
                $0.attempt -= 1
            } final: {
                $0.attempt -= 1
            }
            return .job(claim.job)
        },
        HistoryFault(2, "an end was charged twice") { planter in
            let charged = planter.claims.filter { $0.isCharged }
            guard let claim = planter.pick(charged), let ended = claim.ended else { return nil }
            planter.charge(claim.job, from: ended.event)
            return .job(claim.job)
        },
        HistoryFault(2, "a job's attempt rose while it ran") { planter in
            guard let claim = planter.pick(planter.claims), claim.ended != nil else { return nil }
            var event = claim.began.event
            (event.from, event.tokenBefore, event.number, event.attempt) = (
                .running, event.token, event.number + 1, event.attempt + 1
            )
            planter.history.events.append(.transition(event))
            planter.change(claim.job, from: event.number + 1) {
                $0.attempt += 1
            } final: {
                $0.attempt += 1
            }
            return .job(claim.job)
        },
        HistoryFault(2, "a job failed without a run and without a crash") { planter in
            let unrun = planter.claims.filter { claim in
                claim.ended?.event.to == .expired && claim.began.event.crashes == 0
            }
            guard let claim = planter.pick(unrun), let ended = claim.ended else { return nil }
            planter.change(ended.place) { $0.to = .failed }
            return .job(claim.job)
        },
        HistoryFault(2, "a job began with an attempt") { planter in
            guard let step = planter.pick(planter.steps.filter { $0.event.from == nil }) else { return nil }
            planter.charge(step.event.job, from: step.event)
            return .job(step.event.job)
        },
        HistoryFault(2, "an operator's retry kept the crashes") { planter in
            guard
                let step = planter.pick(
                    planter.steps.filter { $0.event.from?.isFinished == true && $0.event.to == .ready }
                )
            else { return nil }
            planter.change(step.event.job, from: step.event.number) {
                $0.crashes += 1
            } final: {
                $0.crashes += 1
            }
            return .job(step.event.job)
        },
        HistoryFault(2, "the counters at the end are others than the journal's") { planter in
            guard let job = planter.pick(planter.history.final)?.id else { return nil }
            planter.changeFinal(job) { $0.claims += 1 }
            return .job(job)
        },
    ]
}

extension HistoryPlanter {
    func processes(that change: HistoryEvent.ProcessEvent.Change) -> Set<Int32> {
        Set(
            history.events.compactMap { event in
                if case .process(let event) = event, event.change == change { event.process } else { nil }
            }
        )
    }

    func time(of change: HistoryEvent.ProcessEvent.Change, _ process: Int32) -> Int64 {
        for case .process(let event) in history.events where event.process == process && event.change == change {
            return event.at
        }
        return .max
    }

    func lastUntil(_ token: Int64) -> Int64 {
        var until: Int64 = .min
        for case .lease(let event) in history.events where event.token == token { until = max(until, event.until) }
        return until
    }

    mutating func lease(_ change: HistoryEvent.LeaseChange.Change) -> HistoryEvent.LeaseChange? {
        pick(
            history.events.compactMap { event in
                if case .lease(let event) = event, event.change == change { event } else { nil }
            }
        )
    }

    func made(_ claim: Claim) -> HistoryEvent.LeaseChange? {
        for case .lease(let event) in history.events
        where event.token == claim.began.event.token && event.change == .made { return event }
        return nil
    }

    mutating func changeLease(_ token: Int64, _ body: (inout HistoryEvent.LeaseChange) -> Void) {
        for place in history.events.indices {
            guard case .lease(var event) = history.events[place], event.token == token else { continue }
            body(&event)
            history.events[place] = .lease(event)
        }
    }

    func isChild(_ job: JobID) -> Bool {
        history.events.contains { event in
            if case .call(let call) = event { call.edges.contains { $0.child == job } } else { false }
        }
    }

    /// Charges one attempt more from a transition on; the bodies that come later see it.
    mutating func charge(_ job: JobID, from step: HistoryEvent.Transition) {
        change(job, from: step.number) {
            $0.attempt += 1
        } final: {
            $0.attempt += 1
        }
        for place in history.events.indices {
            guard case .body(var event) = history.events[place], event.job == job, event.at > step.at else { continue }
            event.attempt += 1
            history.events[place] = .body(event)
        }
    }
}
