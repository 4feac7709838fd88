import RoostCore
import RoostTesting

// MARK: 3: tokens

extension HistoryFault {
    static let tokens: [HistoryFault] = [
        HistoryFault(3, "a job was settled for a body that its holder did not run") { planter in
            let done = planter.claims.filter { $0.ended?.event.to == .succeeded }
            guard let claim = planter.pick(done) else { return nil }
            planter.remove(claim.bodies)
            return .job(claim.job)
        },
        HistoryFault(3, "a frozen worker's late settle ended another's claim") { planter in
            // The second claim never came to its body: the first one's end was taken for its own.
            let claims = planter.claims
            let lost = claims.filter { claim in
                let end = planter.place(of: .end, in: claim).flatMap { planter.body($0) }
                return claim.isCrash && end?.at ?? 0 > claim.ended?.event.at ?? .max
            }
            guard let first = planter.pick(lost),
                let end = planter.place(of: .end, in: first).flatMap({ planter.body($0) }),
                let second = claims.first(where: {
                    $0.job == first.job && $0.began.event.at < end.at && ($0.ended?.event.at ?? .max) > end.at
                        && $0.ended?.event.to != .ready
                })
            else { return nil }
            planter.remove(second.bodies)
            return .job(first.job)
        },
        HistoryFault(3, "a frozen worker's late throw ended another's claim") { planter in
            let claims = planter.claims
            let lost = claims.filter { claim in
                let end = planter.place(of: .end, in: claim).flatMap { planter.body($0) }
                return claim.isCrash && end?.at ?? 0 > claim.ended?.event.at ?? .max
            }
            guard let first = planter.pick(lost),
                let end = planter.place(of: .end, in: first).flatMap({ planter.body($0) }),
                let second = claims.first(where: {
                    $0.job == first.job && $0.began.event.at < end.at && ($0.ended?.event.at ?? .max) > end.at
                        && $0.ended?.event.to == .succeeded
                }), let ended = second.ended
            else { return nil }
            planter.remove(second.bodies)
            guard
                let place = planter.steps(of: first.job).first(where: { $0.event.number == ended.event.number })?.place
            else { return nil }
            planter.change(place) { $0.to = .failed }
            planter.changeFinal(first.job) { $0.state = .failed }
            return .job(first.job)
        },
        HistoryFault(3, "a job was settled before its body began") { planter in
            let done = planter.claims.filter { $0.ended?.event.to == .succeeded && !$0.bodies.isEmpty }
            guard let claim = planter.pick(done), let ended = claim.ended?.event else { return nil }
            for place in claim.bodies {
                guard var body = planter.body(place) else { continue }
                body.at = ended.at + 1_000_000
                planter.history.events[place] = .body(body)
            }
            return .job(claim.job)
        },
        HistoryFault(3, "a job was settled before its body ended") { planter in
            let done = planter.claims.filter { claim in
                claim.isCharged && !claim.isCrash && planter.place(of: .end, in: claim) != nil
            }
            guard let claim = planter.pick(done), let ended = claim.ended?.event,
                let place = planter.place(of: .end, in: claim), var end = planter.body(place)
            else { return nil }
            end.at = ended.at + 1_000_000
            planter.history.events[place] = .body(end)
            return .job(claim.job)
        },
        HistoryFault(3, "a job was given back while its body ran") { planter in
            let released = planter.claims.filter { claim in
                claim.ended?.event.to == .ready && !claim.isCharged && claim.bodies.isEmpty
            }
            guard let claim = planter.pick(released) else { return nil }
            planter.history.events.append(
                .body(
                    .init(
                        at: claim.began.event.at,
                        process: claim.process,
                        job: claim.job,
                        attempt: claim.began.event.attempt + 1,
                        phase: .start
                    )
                )
            )
            return .job(claim.job)
        },
        HistoryFault(3, "a stale token ended a job") { planter in
            let done = planter.claims.filter { $0.ended?.event.to == .succeeded || $0.ended?.event.to == .failed }
            guard let claim = planter.pick(done), let ended = claim.ended else { return nil }
            planter.change(ended.place) { $0.token -= 1 }
            return .job(claim.job)
        },
        HistoryFault(3, "the row lost another token than it had") { planter in
            guard let claim = planter.pick(planter.claims), let ended = claim.ended else { return nil }
            planter.change(ended.place) { $0.tokenBefore += 100_000 }
            return .job(claim.job)
        },
        HistoryFault(3, "a job ended without a claim") { planter in
            let done = planter.claims.filter { $0.ended?.event.to == .succeeded && $0.began.event.from == .ready }
            guard let claim = planter.pick(done), let ended = claim.ended else { return nil }
            planter.change(ended.place) {
                $0.from = .ready
                $0.tokenBefore = 0
            }
            planter.remove([claim.began.place])
            return .job(claim.job)
        },
        HistoryFault(3, "a job was claimed twice under one token") { planter in
            let claims = planter.claims
            let again = claims.filter { claim in
                claims.contains { $0.job == claim.job && $0.began.place < claim.began.place }
            }
            guard let claim = planter.pick(again),
                let first = claims.first(where: { $0.job == claim.job })?.began.event.token, let ended = claim.ended
            else { return nil }
            planter.change(claim.began.place) { $0.token = first }
            planter.change(ended.place) { $0.tokenBefore = first }
            return .job(claim.job)
        },
        HistoryFault(3, "a job bears a token while it is ready") { planter in
            guard let step = planter.pick(planter.steps.filter { $0.event.to == .ready }) else { return nil }
            planter.change(step.place) { $0.token = 1 }
            return .job(step.event.job)
        },
        HistoryFault(3, "the store holds a running job under another token than the journal") { planter in
            guard let claim = planter.pick(planter.claims), let ended = claim.ended?.event else { return nil }
            planter.cut(claim.job, from: ended.number, final: .running)
            planter.changeFinal(claim.job) { $0.token += 1 }
            return .job(claim.job)
        },
        HistoryFault(3, "a job expired, and its body ran") { planter in
            let expired = planter.claims.filter { $0.ended?.event.to == .expired }
            guard let claim = planter.pick(expired) else { return nil }
            for phase in [HistoryEvent.BodyEvent.Phase.start, .end] {
                planter.history.events.append(
                    .body(
                        .init(
                            at: claim.began.event.at,
                            process: claim.process,
                            job: claim.job,
                            attempt: claim.began.event.attempt + 1,
                            phase: phase
                        )
                    )
                )
            }
            return .job(claim.job)
        },
    ]
}

// MARK: 4, 5, 11 and 13: ends

extension HistoryFault {
    static let ends: [HistoryFault] = [
        HistoryFault(4, "a job went on after its end, and no operator had asked") { planter in
            guard
                let step = planter.pick(
                    planter.steps.filter { $0.event.from?.isFinished == true && $0.event.to == .ready }
                )
            else { return nil }
            planter.removeAll { event in
                if case .action(let action) = event {
                    action.job == step.event.job && action.kind == .retry
                } else {
                    false
                }
            }
            return .job(step.event.job)
        },
        HistoryFault(4, "a job ended twice") { planter in
            let ended = planter.stepsByJob.compactMap(\.last).filter { $0.event.to == .succeeded }
            guard var event = planter.pick(ended)?.event else { return nil }
            (event.from, event.to, event.number) = (.succeeded, .failed, event.number + 1)
            planter.history.events.append(.transition(event))
            planter.changeFinal(event.job) { $0.state = .failed }
            return .job(event.job)
        },
        HistoryFault(4, "a job that had succeeded was retried") { planter in
            let ended = planter.stepsByJob.compactMap(\.last).filter { $0.event.to == .succeeded }
            guard var event = planter.pick(ended)?.event else { return nil }
            (event.from, event.to, event.number, event.token) = (.succeeded, .ready, event.number + 1, 0)
            planter.history.events.append(.transition(event))
            planter.history.events.append(
                .action(.init(number: event.number + 1, at: event.at, kind: .retry, job: event.job))
            )
            planter.changeFinal(event.job) { $0.state = .ready }
            return .job(event.job)
        },
        HistoryFault(5, "a lease that was over was taken back late") { planter in
            guard let claim = planter.pick(planter.claims.filter(\.isCrash)), let ended = claim.ended?.event else {
                return nil
            }
            // Its own lease is not moved: it was over then.
            let until = planter.lastUntil(claim.began.event.token)
            planter.delay(from: ended.at, by: 90_000_000)
            planter.changeLease(claim.began.event.token) { $0.until = min($0.until, until) }
            return .job(claim.job)
        },
        HistoryFault(5, "a lease that was over was never taken back") { planter in
            guard let claim = planter.pick(planter.claims.filter(\.isCrash)), let ended = claim.ended?.event else {
                return nil
            }
            planter.cut(claim.job, from: ended.number, final: .running)
            planter.delay(from: ended.at, by: 90_000_000)
            return .job(claim.job)
        },
        HistoryFault(11, "a job never ended") { planter in
            guard let claim = planter.pick(planter.claims), let ended = claim.ended?.event else { return nil }
            planter.cut(claim.job, from: ended.number, final: .running)
            return .job(claim.job)
        },
        HistoryFault(13, "a job was ready for too long") { planter in
            guard let claim = planter.pick(planter.claims) else { return nil }
            planter.delay(from: claim.began.event.at, by: 1_200_000_000)
            return .job(claim.job)
        },
    ]
}
