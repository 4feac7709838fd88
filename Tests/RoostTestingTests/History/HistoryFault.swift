import RoostCore
import RoostTesting
import Testing

/// One way in which a store, or a worker, may break a rule.
struct HistoryFault: Sendable, CustomTestStringConvertible {
    enum Planted {
        case job(JobID)
        /// It is not about one job.
        case noJob
    }

    /// The invariant it breaks.
    let invariant: Int
    let name: String
    /// nil: the history has no place for it.
    let plant: @Sendable (inout HistoryPlanter) -> Planted?

    init(_ invariant: Int, _ name: String, plant: @escaping @Sendable (inout HistoryPlanter) -> Planted?) {
        self.invariant = invariant
        self.name = name
        self.plant = plant
    }

    var testDescription: String { "\(invariant): \(name)" }

    static let all = rows + calls + leases + counters + tokens + ends + keys + edges + stops + witnesses
}

// MARK: 0: the store's rows

extension HistoryFault {
    static let rows: [HistoryFault] = [
        HistoryFault(0, "a job is not in the store at the end") { planter in
            guard let job = planter.pick(planter.history.final)?.id else { return nil }
            planter.history.final.removeAll { $0.id == job }
            return .job(job)
        },
        HistoryFault(0, "a job is in the store twice") { planter in
            guard let job = planter.pick(planter.history.final) else { return nil }
            planter.history.final.append(job)
            return .job(job.id)
        },
        HistoryFault(0, "a job ended otherwise than the journal says") { planter in
            guard let job = planter.pick(planter.history.final)?.id else { return nil }
            planter.changeFinal(job) { $0.state = $0.state == .failed ? .cancelled : .failed }
            return .job(job)
        },
        HistoryFault(0, "a job is in the store that the journal never saw") { planter in
            let job = JobID(high: 99, low: 99)
            planter.history.final.append(.init(id: job, state: .succeeded))
            return .job(job)
        },
        HistoryFault(0, "a change was not journaled") { planter in
            let inner = planter.stepsByJob.flatMap { $0.dropFirst().dropLast() }.filter { $0.event.from != $0.event.to }
            guard let step = planter.pick(inner) else { return nil }
            planter.remove([step.place])
            return .job(step.event.job)
        },
        HistoryFault(0, "a job was deleted before its end") { planter in
            guard let claim = planter.pick(planter.claims), let ended = claim.ended else { return nil }
            planter.cut(claim.job, from: ended.event.number + 1, final: .ready)
            planter.history.final.removeAll { $0.id == claim.job }
            planter.change(ended.place) { $0.to = nil }
            return .job(claim.job)
        },
        HistoryFault(0, "a job was cancelled, and nobody had asked") { planter in
            let cancelled = planter.steps.filter { $0.event.to == .cancelled && $0.event.from != .running }
            guard let step = planter.pick(cancelled) else { return nil }
            planter.removeAll { event in
                if case .action(let action) = event {
                    action.job == step.event.job && action.kind == .cancel
                } else {
                    false
                }
            }
            return .job(step.event.job)
        },
        HistoryFault(0, "a job came back after it was deleted") { planter in
            guard let step = planter.pick(planter.steps.filter { $0.event.to == nil }) else { return nil }
            var event = step.event
            event.number += 1
            event.at += 1_000_000
            (event.from, event.to, event.claims, event.attempt, event.crashes) = (nil, .ready, 0, 0, 0)
            planter.history.events.append(.transition(event))
            planter.removeAll { event in
                if case .reply(let reply) = event { reply.answer == .unknown } else { false }
            }
            return .job(event.job)
        },
        HistoryFault(0, "a job was deleted, and nobody had asked") { planter in
            guard let step = planter.pick(planter.steps.filter { $0.event.to == nil }) else { return nil }
            planter.removeAll { event in
                if case .action(let action) = event {
                    action.job == step.event.job && action.kind == .delete
                } else {
                    false
                }
            }
            return .job(step.event.job)
        },
        HistoryFault(0, "a job was put off, and nobody had asked") { planter in
            guard let step = planter.pick(planter.steps.filter { $0.event.to == .ready && $0.event.from != .running })
            else { return nil }
            var (off, on) = (step.event, step.event)
            (off.from, off.to, off.number) = (.ready, .scheduled, off.number + 1)
            (on.from, on.to, on.number) = (.scheduled, .ready, on.number + 2)
            planter.history.events += [.transition(off), .transition(on)]
            return .job(step.event.job)
        },
        HistoryFault(0, "the auditor found a row") { planter in
            planter.history.events.append(.finding(.init(at: 1, query: "jobs in two tables", row: "1")))
            return .noJob
        },
        HistoryFault(9, "the auditor found a row, and says what it means") { planter in
            planter.history.events.append(.finding(.init(at: 1, query: "9: waiting without an open edge", row: "1")))
            return .noJob
        },
    ]
}

// MARK: 0: clients' calls

extension HistoryFault {
    static let calls: [HistoryFault] = [
        HistoryFault(0, "an acknowledged job was never stored") { planter in
            let acknowledged = planter.soleCalls.filter { $0.reply?.answer == .ok && !planter.isUnique($0.call) }
            guard let job = planter.pick(acknowledged)?.call.jobs.first?.id else { return nil }
            planter.forget(job)
            return .job(job)
        },
        HistoryFault(0, "a job was acknowledged before it was stored") { planter in
            let acknowledged = planter.soleCalls.filter {
                $0.reply?.answer == .ok && planter.isStored($0.call.jobs[0].id)
            }
            guard let (call, reply, places) = planter.pick(acknowledged), var reply else { return nil }
            reply.at = call.at - 1_000_000
            planter.history.events[places[1]] = .reply(reply)
            return .job(call.jobs[0].id)
        },
        HistoryFault(0, "a refused call left its job") { planter in
            let acknowledged = planter.soleCalls.filter {
                $0.reply?.answer == .ok && planter.isStored($0.call.jobs[0].id)
            }
            guard let (call, reply, places) = planter.pick(acknowledged), var reply else { return nil }
            reply.answer = .refused
            planter.history.events[places[1]] = .reply(reply)
            return .job(call.jobs[0].id)
        },
        HistoryFault(0, "half of a batch was stored, and its client was killed") { planter in
            let batches = planter.soleCalls.filter {
                $0.call.jobs.count > 1 && $0.reply?.answer == .ok && !planter.isUnique($0.call)
            }
            guard let (call, _, places) = planter.pick(batches), let job = planter.pick(call.jobs)?.id else {
                return nil
            }
            planter.remove([places[1]])
            planter.forget(job)
            return .job(job)
        },
        HistoryFault(0, "a job with a key that nobody held was left out of its batch") { planter in
            let batches = planter.soleCalls.filter { planter.isStored($0.call.jobs[0].id) }
            guard let (call, _, places) = planter.pick(batches) else { return nil }
            var sent = call
            let job = JobID(high: 97, low: 97)
            sent.jobs.append(.init(id: job, kind: "K", unique: "planted"))
            planter.history.events[places[0]] = .call(sent)
            planter.remove(Array(places.dropFirst()))
            return .job(job)
        },
        HistoryFault(0, "the store has a job that nobody sent") { planter in
            let stored = planter.soleCalls.filter { planter.isStored($0.call.jobs[0].id) }
            guard let (call, _, places) = planter.pick(stored) else { return nil }
            planter.remove(places)
            return .job(call.jobs[0].id)
        },
        HistoryFault(0, "a duplicate was stored") { planter in
            let calls = planter.soleCalls.filter { $0.reply?.answer == .ok && planter.isStored($0.call.jobs[0].id) }
            guard let (call, reply, places) = planter.pick(calls), var reply else { return nil }
            reply.duplicates.append(.init(job: call.jobs[0].id, holder: call.jobs[0].id))
            planter.history.events[places[1]] = .reply(reply)
            return .job(call.jobs[0].id)
        },
        HistoryFault(0, "a job was stored as another kind") { planter in
            let calls = planter.soleCalls.filter { $0.reply?.answer == .ok && planter.isStored($0.call.jobs[0].id) }
            guard var (call, _, places) = planter.pick(calls) else { return nil }
            call.jobs[0].kind = "Other"
            planter.history.events[places[0]] = .call(call)
            return .job(call.jobs[0].id)
        },
    ]
}

extension HistoryPlanter {
    func isUnique(_ call: HistoryEvent.EnqueueCall) -> Bool { call.jobs.contains { $0.unique != nil } }
}
