import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension StoreConformance {
    static let cancelCases: [Case] = [
        Case("a job that does not run is cancelled at once, in any state before (rule 6)") { bench in
            let (ready, scheduled) = (NewJob(kind: "work"), NewJob(kind: "work", start: .after(.seconds(5))))
            let waiting = NewJob(kind: "work")
            try await bench.add([ready, scheduled, waiting], edges: [.from(scheduled, to: waiting)])
            for job in [waiting, ready, scheduled] {
                try bench.expect(try await bench.perform(.cancel(job.id)), is: .done)
                let ended = try await bench.job(job.id)
                try bench.expect(ended.state, is: .cancelled)
                try bench.expect(ended.failure?.reason, is: .cancelled)
                try bench.expect(ended.attempt, is: 0)
                try bench.expect(ended.finishedAt, is: bench.time.now)
            }
            try await bench.pass(.seconds(10))
            try await bench.expectNothingReady()
        },
        Case("a cancel resolves the edges of its job as any end does (rule 6)") { bench in
            let (parent, child, always) = (NewJob(kind: "work"), NewJob(kind: "work"), NewJob(kind: "work"))
            try await bench.add(
                [parent, child, always],
                edges: [.from(parent, to: child), .from(parent, to: always, .always)]
            )
            let answer = try await bench.store.perform(ActionRequest(.cancel(parent.id)))
            try bench.expect(Set(answer.changes.map(\.job)).isSuperset(of: [child.id, always.id]), "\(answer.changes)")
            try await bench.expect(child.id, .skipped)
            try await bench.expect(always.id, .ready)
        },
        Case("the cancel of a running job is asked for, and its worker is told") { bench in
            let job = try await bench.take(try await bench.add())
            try bench.expect(try await bench.perform(.cancel(job.id)), is: .requested)
            let running = try await bench.job(job.id)
            try bench.expect(running.state, is: .running)
            try bench.expect(running.cancelRequested, is: true)
            let answer = try await bench.store.extend([job.token], of: bench.worker, by: .seconds(30))
            try bench.expect(answer, is: LeaseExtension(cancelled: [job.id]))
            let other = try await bench.store.register(WorkerRegistration(name: "other"))
            try bench.expect(try await bench.store.extend([], of: other, by: .seconds(30)).cancelled, is: [])
            try await bench.settle(job, .cancelled)
            try await bench.expect(job.id, .cancelled)
            try bench.expect(try await bench.store.extend([], of: bench.worker, by: .seconds(30)).cancelled, is: [])
        },
        Case("a job that succeeded although its cancel was asked for has succeeded") { bench in
            let job = try await bench.take(try await bench.add())
            try await bench.perform(.cancel(job.id))
            try bench.expect(try await bench.settle(job, .output("1")), is: .applied)
            let ended = try await bench.job(job.id)
            try bench.expect(ended.state, is: .succeeded)
            try bench.expect(ended.cancelRequested, is: false)
        },
        Case("a job whose cancel was asked for ends cancelled instead of being tried again or given back") { bench in
            for end in [JobEnd.retry(), .retry(after: .seconds(5)), .released] {
                let (parent, child) = (NewJob(kind: "work"), NewJob(kind: "work"))
                try await bench.add([parent, child], edges: [.from(parent, to: child)])
                let job = try await bench.take(parent.id)
                try await bench.perform(.cancel(job.id))
                try bench.expect(try await bench.settle(job, end), is: .applied)
                let ended = try await bench.job(job.id)
                try bench.expect(ended.state, is: .cancelled, "after \(end)")
                try bench.expect(ended.failure?.reason, is: .cancelled)
                try bench.expect(ended.attempt, is: end == .released ? 0 : 1)
                try await bench.expect(child.id, .skipped)
            }
        },
        Case("a job whose cancel was asked for ends cancelled when it crashes, or its worker retires") { bench in
            let first = try await bench.take(try await bench.add())
            try await bench.perform(.cancel(first.id))
            bench.time.advance(by: .seconds(31))
            let step = try await bench.store.reclaim()
            try bench.expect(step.changes.map(\.to), is: [.cancelled])
            try await bench.expect(first.id, .cancelled)
            try bench.expect(try await bench.job(first.id).crashes, is: 1)
            let second = try await bench.take(try await bench.add())
            try await bench.perform(.cancel(second.id))
            let changes = try await bench.store.retire(bench.worker)
            try bench.expect(changes.map(\.to), is: [.cancelled])
            try bench.expect(try await bench.job(second.id).attempt, is: 0)
        },
        Case("the cancel of an ended job changes nothing, that of an unknown one is told") { bench in
            let id = try await bench.add()
            try await bench.run(id)
            try bench.expect(try await bench.perform(.cancel(id)), is: .unchanged)
            try await bench.expect(id, .succeeded)
            try bench.expect(try await bench.perform(.cancel(JobID())), is: .notFound)
        },
        Case("the cancel of a graph ends all of it that has not ended, and asks for what runs") { bench in
            let graph = JobID()
            let jobs = (0..<5).map { NewJob(kind: "work", start: $0 == 4 ? .after(.seconds(9)) : .now, graph: graph) }
            try await bench.add(jobs, edges: [.from(jobs[1], to: jobs[3])])
            let stranger = try await bench.add()
            try await bench.run(jobs[0].id)
            let running = try await bench.take(jobs[1].id)
            try bench.expect(try await bench.perform(.cancelGraph(graph)), is: .done)
            let states = try await bench.store.snapshots(of: jobs.map(\.id)).map { $0?.state }
            try bench.expect(states, is: [.succeeded, .running, .cancelled, .cancelled, .cancelled])
            try bench.expect(try await bench.job(running.id).cancelRequested, is: true)
            try await bench.expect(stranger, .ready)
            try bench.expect(try await bench.perform(.cancelGraph(graph)), is: .requested)
            try await bench.settle(running, .cancelled)
            try bench.expect(try await bench.perform(.cancelGraph(graph)), is: .unchanged)
            try bench.expect(try await bench.perform(.cancelGraph(JobID())), is: .notFound)
        },
        Case("jobs of a graph that wait for one another are all cancelled, not skipped") { bench in
            let graph = JobID()
            let jobs = (0..<5).map { _ in NewJob(kind: "work", graph: graph) }
            try await bench.add(jobs, edges: (0..<4).map { .from(jobs[$0], to: jobs[$0 + 1]) })
            try await bench.perform(.cancelGraph(graph))
            let states = try await bench.store.snapshots(of: jobs.map(\.id)).map { $0?.state }
            try bench.expect(states, is: Array(repeating: .cancelled, count: 5))
        },
    ]

    static let actionCases: [Case] = [
        Case("an action that is sent again is done once and answered as before (rule 7)") { bench in
            let id = try await bench.add()
            try await bench.run(id, .failed)
            let request = JobID()
            try bench.expect(try await bench.perform(.retry(id), id: request), is: .done)
            try await bench.run(id, .failed)
            try bench.expect(try await bench.perform(.retry(id), id: request), is: .done)
            try await bench.expect(id, .failed)
            try bench.expect(try await bench.perform(.retry(id)), is: .done)
            try await bench.expect(id, .ready)
        },
        Case("an action's id is remembered for two minutes (rule 7)") { bench in
            let request = JobID()
            try await bench.perform(.pause(queue: "q", kind: nil), id: request)
            try await bench.perform(.resume(queue: "q", kind: nil))
            bench.time.advance(by: .seconds(119))
            try bench.expect(try await bench.perform(.pause(queue: "q", kind: nil), id: request), is: .done)
            try bench.expect(try await bench.perform(.resume(queue: "q", kind: nil)), is: .unchanged)
        },
        Case("an operator's retry puts a failed job back in line with its counters of failures at zero (invariant 4)") {
            bench in
            let id = try await bench.crashed(2)
            try await bench.run(id, .retry())
            try await bench.run(id, .failed)
            bench.time.advance(by: .hours(1))
            let answer = try await bench.store.perform(ActionRequest(.retry(id)))
            try bench.expect(answer.result, is: .done)
            let ready = try await bench.job(id)
            try bench.expect(ready.state, is: .ready)
            try bench.expect(ready.readyAt, is: bench.time.now)
            try bench.expect(ready.finishedAt, is: nil)
            try bench.expect(ready.failure, is: nil)
            try bench.expect(try await bench.outcome(id), is: nil)
            let job = try await bench.take(id)
            try bench.expect(job.failures, is: 0)
            try bench.expect(job.crashes, is: 0)
            try bench.expect(job.isSolo, is: false)
            try bench.expect(job.attempt, is: 4)
            try bench.expect(job.claims, is: 5)
            try await bench.settle(job)
            try await bench.expect(id, .succeeded)
        },
        Case("a retry of poison lets it run again (rule 9)") { bench in
            let id = try await bench.crashed(1, maxCrashes: 1)
            _ = try await bench.take(id)
            try await bench.crash()
            try await bench.run(id, .failed(FailureRecord(reason: .poison, message: "set aside")))
            try bench.expect(try await bench.perform(.retry(id)), is: .done)
            try bench.expect(try await bench.take(id).verdict, is: .run)
        },
        Case("cancelled, expired and skipped jobs can be retried while their payload is kept") { bench in
            let payload = Payload(bytes: Data("[7]".utf8))
            let (parent, child) = (NewJob(kind: "work", payload: payload), NewJob(kind: "work", payload: payload))
            try await bench.add([parent, child], edges: [.from(parent, to: child)])
            for id in [parent.id, child.id] {
                if id == parent.id { try await bench.run(id, .cancelled) }
                if try await bench.job(id).payload == nil {
                    let state = try await bench.job(id).state
                    try bench.expect(try await bench.perform(.retry(id)), is: .refused(state))
                } else {
                    try bench.expect(try await bench.perform(.retry(id)), is: .done)
                    let job = try await bench.take(id)
                    try bench.expect(job.payload, is: payload)
                    try await bench.settle(job)
                }
            }
        },
        Case("a retry resolves no edge again (invariant 4)") { bench in
            let (parent, child, handler) = (NewJob(kind: "work"), NewJob(kind: "child"), NewJob(kind: "child"))
            try await bench.add(
                [parent, child, handler],
                edges: [.from(parent, to: child), .from(parent, to: handler, .failure)]
            )
            try await bench.run(parent.id, .failed)
            try await bench.perform(.retry(parent.id))
            try await bench.run(parent.id)
            try await bench.expect(child.id, .skipped)
            try bench.expect(try await bench.claim(kinds: ["child"]).jobs.map(\.id), is: [handler.id])
        },
        Case("only ended jobs can be retried or deleted, and only those that are known") { bench in
            let id = try await bench.add(NewJob(kind: "work", start: .after(.seconds(1))))
            for state in [JobState.scheduled, .ready, .running] {
                if state == .ready { try await bench.pass(.seconds(1)) }
                if state == .running { _ = try await bench.take(id) }
                try bench.expect(try await bench.perform(.retry(id)), is: .refused(state))
                try bench.expect(try await bench.perform(.delete(id)), is: .refused(state))
            }
            try bench.expect(try await bench.perform(.retry(JobID())), is: .notFound)
            try bench.expect(try await bench.perform(.delete(JobID())), is: .notFound)
        },
        Case("a success cannot be retried") { bench in
            let id = try await bench.add()
            try await bench.run(id)
            try bench.expect(try await bench.perform(.retry(id)), is: .refused(.succeeded))
        },
        Case("a deleted job is gone, and may be enqueued anew (invariant 0)") { bench in
            let job = NewJob(kind: "work")
            try await bench.add(job)
            try await bench.run(job.id, .failed)
            try bench.expect(try await bench.perform(.delete(job.id)), is: .done)
            try bench.expect(try await bench.store.snapshots(of: [job.id]), is: [nil])
            try bench.expect(try await bench.store.attempts(of: job.id), is: [])
            try bench.expect(try await bench.store.counts(), is: [])
            try await bench.add(job)
            try bench.expect(try await bench.take(job.id).claims, is: 1)
        },
        Case("a scheduled job is rescheduled to another moment, or to now") { bench in
            let id = try await bench.add(NewJob(kind: "work", start: .after(.hours(1))))
            try bench.expect(try await bench.perform(.reschedule(id, .after(.seconds(5)))), is: .done)
            try bench.expect(try await bench.job(id).dueAt, is: bench.time.now + .seconds(5))
            try bench.expect(try await bench.perform(.reschedule(id, .at(bench.time.now + .hours(3)))), is: .done)
            try await bench.pass(.hours(2))
            try await bench.expectNothingReady()
            try bench.expect(try await bench.perform(.reschedule(id, .now)), is: .done)
            try await bench.run(id)
            try await bench.pass(.hours(2))
            try await bench.expectNothingReady()
        },
        Case("a ready job is rescheduled out of its lane, or behind its equals (rule 2)") { bench in
            let ids = try await bench.addMany(3)
            try bench.expect(try await bench.perform(.reschedule(ids[0], .after(.seconds(5)))), is: .done)
            try await bench.expect(ids[0], .scheduled)
            try bench.expect(try await bench.perform(.reschedule(ids[1], .now)), is: .done)
            try bench.expect(try await bench.claim().jobs.map(\.id), is: [ids[2], ids[1]])
            try await bench.pass(.seconds(5))
            try bench.expect(try await bench.claim().jobs.map(\.id), is: [ids[0]])
        },
        Case("a job that runs, waits or has ended is not rescheduled") { bench in
            let (parent, child) = (NewJob(kind: "work"), NewJob(kind: "work"))
            try await bench.add([parent, child], edges: [.from(parent, to: child)])
            try bench.expect(try await bench.perform(.reschedule(child.id, .now)), is: .refused(.waiting))
            let job = try await bench.take(parent.id)
            try bench.expect(try await bench.perform(.reschedule(parent.id, .now)), is: .refused(.running))
            try await bench.settle(job)
            try bench.expect(try await bench.perform(.reschedule(parent.id, .now)), is: .refused(.succeeded))
            try bench.expect(try await bench.perform(.reschedule(JobID(), .now)), is: .notFound)
        },
        Case("pausing twice, resuming what is not paused and restoring nothing change nothing") { bench in
            try bench.expect(try await bench.perform(.pause(queue: "q", kind: "k")), is: .done)
            try bench.expect(try await bench.perform(.pause(queue: "q", kind: "k")), is: .unchanged)
            try bench.expect(try await bench.perform(.resume(queue: "q", kind: nil)), is: .unchanged)
            try bench.expect(try await bench.perform(.resume(queue: "q", kind: "k")), is: .done)
            try bench.expect(try await bench.perform(.restore(.job(JobID()))), is: .unchanged)
        },
    ]
}
