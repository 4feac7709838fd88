import RoostCore

extension StoreConformance {
    static let scheduleCases: [Case] = [
        Case("a delayed job is scheduled until it is due, and not a moment longer") { bench in
            let id = try await bench.add(NewJob(kind: "work", start: .after(.seconds(60))))
            try await bench.expect(id, .scheduled)
            try bench.expect(try await bench.job(id).dueAt, is: bench.time.now + .seconds(60))
            try await bench.pass(.seconds(60) - .microseconds(1))
            try await bench.expectNothingReady()
            try await bench.pass(.microseconds(1))
            try await bench.expect(id, .ready)
            let job = try await bench.job(id)
            try bench.expect(job.dueAt, is: nil)
            try bench.expect(job.readyAt, is: bench.time.now)
            try await bench.run(id)
        },
        Case("a job for a moment to come waits for it") { bench in
            let id = try await bench.add(NewJob(kind: "work", start: .at(bench.time.now + .hours(24))))
            try await bench.pass(.hours(23))
            try await bench.expectNothingReady()
            try await bench.pass(.hours(1))
            try await bench.run(id)
        },
        Case("a moment that has passed, and no delay at all, mean now") { bench in
            let starts: [JobOptions.Start] = [.at(bench.time.now - .days(1)), .at(bench.time.now), .after(.zero)]
            let jobs = starts.map { NewJob(kind: "work", start: $0) }
            try await bench.add(jobs)
            try bench.expect(try await bench.claim().jobs.map(\.id), is: jobs.map(\.id))
        },
        Case("what is due becomes ready in the order of its moments (rule 2)") { bench in
            let delays = [30, 10, 20, 10, 5]
            let jobs = delays.map { NewJob(kind: "work", start: .after(.seconds($0))) }
            try await bench.add(jobs)
            try await bench.pass(.seconds(60))
            try bench.expect(try await bench.claim().jobs.map(\.id), is: [4, 1, 3, 2, 0].map { jobs[$0].id })
        },
        Case("a job gets its place when it becomes ready, behind those that stand there (rule 2)") { bench in
            let delayed = try await bench.add(NewJob(kind: "work", start: .after(.seconds(1))))
            let first = try await bench.add()
            try await bench.pass(.seconds(1))
            let last = try await bench.add()
            try bench.expect(try await bench.claim().jobs.map(\.id), is: [first, delayed, last])
        },
        Case("a claim tells how long until the next job is due, of any lane") { bench in
            try bench.expect(try await bench.claim().nextDue, is: nil)
            try await bench.add(NewJob(kind: "other", queue: "far", start: .after(.seconds(90))))
            let near = try await bench.add(NewJob(kind: "work", start: .after(.seconds(40))))
            try bench.expect(try await bench.claim().nextDue, is: .seconds(40))
            try await bench.pass(.seconds(30))
            try bench.expect(try await bench.claim().nextDue, is: .seconds(10))
            try await bench.perform(.cancel(near))
            try bench.expect(try await bench.claim().nextDue, is: .seconds(60))
            try await bench.pass(.seconds(60))
            try bench.expect(try await bench.claim().nextDue, is: nil)
        },
        Case("advance() tells what became ready, and goes in bounded steps (rule 6)") { bench in
            let jobs = (0..<2500).map { _ in NewJob(kind: "work", start: .after(.seconds(1))) }
            try await bench.add(jobs)
            bench.time.advance(by: .seconds(1))
            let step = try await bench.store.advance()
            try bench.expect(step.hasMore, is: true)
            try bench.expect(step.changes.count <= StoreLimits.jobsAStep, "\(step.changes.count) changes in a step")
            try bench.expect(step.changes.allSatisfy { $0.from == .scheduled && $0.to == .ready }, "other changes")
            let rest = try await bench.advance()
            try bench.expect(step.changes.count + rest.count, is: 2500)
            try bench.expect(try await bench.claim(3000).jobs.map(\.id), is: jobs.map(\.id))
        },
        Case("a claim makes ready what is due, and hands it out in the same call") { bench in
            let delayed = try await bench.add(NewJob(kind: "work", start: .after(.seconds(1))))
            let first = try await bench.add()
            bench.time.advance(by: .seconds(1))
            let claim = try await bench.claim()
            try bench.expect(claim.jobs.map(\.id), is: [first, delayed])
            try bench.expect(claim.nextDue, is: nil)
        },
        Case("advance() with nothing due does nothing") { bench in
            try await bench.add(NewJob(kind: "work", start: .after(.seconds(1))))
            try bench.expect(try await bench.store.advance(), is: Advance())
        },
        Case("a jump of the date ends no lease, but makes due what is due by then") { bench in
            let running = try await bench.add()
            let job = try await bench.take(running)
            let scheduled = try await bench.add(NewJob(kind: "work", start: .after(.hours(1))))
            bench.time.jump(by: .hours(2))
            try await bench.advance()
            try bench.expect(try await bench.store.reclaim(), is: Advance())
            try await bench.expect(scheduled, .ready)
            try bench.expect(try await bench.settle(job), is: .applied)
        },
        Case("a job that is tried again waits for its delay and is not charged another") { bench in
            let id = try await bench.add()
            try await bench.run(id, .retry(after: .seconds(10)))
            try await bench.expect(id, .scheduled)
            try bench.expect(try await bench.claim().nextDue, is: .seconds(10))
            try await bench.pass(.seconds(9))
            try await bench.expectNothingReady()
            try await bench.pass(.seconds(1))
            let job = try await bench.take(id)
            try bench.expect(job.attempt, is: 1)
            try bench.expect(job.readyAt, is: bench.time.now)
        },
        Case("a retry without a delay goes to the end of its line at once (rule 2)") { bench in
            let ids = try await bench.addMany(2)
            try await bench.run(ids[0], .retry())
            try bench.expect(try await bench.claim().jobs.map(\.id), is: [ids[1], ids[0]])
        },
    ]

    static let verdictCases: [Case] = [
        Case("a job that is claimed at or after its expiry is handed out as expired (rule 5)") { bench in
            let soon = NewJob(kind: "work", expiry: .after(.seconds(10)))
            let later = NewJob(kind: "work", expiry: .at(bench.time.now + .seconds(11)))
            try await bench.add([soon, later])
            bench.time.advance(by: .seconds(10))
            let claim = try await bench.claim()
            try bench.expect(claim.jobs.map(\.verdict), is: [.expired, .run])
            try bench.expect(claim.jobs.map(\.expiresAt), is: [bench.time.now, bench.time.now + .seconds(1)])
            try await bench.expect(soon.id, .running)
            try bench.expect(try await bench.settle(claim.jobs[0], .expired, started: false), is: .applied)
            let job = try await bench.job(soon.id)
            try bench.expect(job.state, is: .expired)
            try bench.expect(job.attempt, is: 0)
            try bench.expect(job.failure?.reason, is: .expired)
        },
        Case("an expiry counts from the enqueue, not from the delay, and retries do not move it") { bench in
            let id = try await bench.add(NewJob(kind: "work", expiry: .after(.seconds(10))))
            try await bench.run(id, .retry(after: .seconds(10)))
            try await bench.pass(.seconds(10))
            try bench.expect(try await bench.take(id).verdict, is: .expired)
        },
        Case("an expiry of zero means at once or never") { bench in
            try await bench.add(NewJob(kind: "work", expiry: .after(.zero)))
            try bench.expect(try await bench.take().verdict, is: .expired)
        },
        Case("a revoked kind is handed out as revoked until it is restored (rule 5)") { bench in
            let ids = try await bench.addMany(2)
            let other = try await bench.add(NewJob(kind: "other"))
            let scope = RevocationScope.kind("work")
            try bench.expect(try await bench.perform(.revoke(scope, once: false, until: nil)), is: .done)
            let job = try await bench.take(ids[0])
            try bench.expect(job.verdict, is: .revoked)
            let failure = FailureRecord(reason: .revoked, message: "revoked")
            try await bench.settle(job, .cancelled(failure), started: false)
            let ended = try await bench.job(ids[0])
            try bench.expect(ended.state, is: .cancelled)
            try bench.expect(ended.failure, is: failure)
            try bench.expect(ended.attempt, is: 0)
            try bench.expect(try await bench.take(other, kinds: ["other"]).verdict, is: .run)
            try bench.expect(try await bench.perform(.restore(scope)), is: .done)
            try bench.expect(try await bench.perform(.restore(scope)), is: .unchanged)
            try bench.expect(try await bench.take(ids[1]).verdict, is: .run)
        },
        Case("a revocation for once takes effect once (rule 5)") { bench in
            _ = try await bench.addMany(2)
            try await bench.perform(.revoke(.kind("work"), once: true, until: nil))
            try bench.expect(try await bench.claim().jobs.map(\.verdict), is: [.revoked, .run])
            try bench.expect(try await bench.perform(.restore(.kind("work"))), is: .unchanged)
        },
        Case("a revocation with an end holds until then (rule 5)") { bench in
            _ = try await bench.addMany(2)
            try await bench.perform(.revoke(.kind("work"), once: false, until: bench.time.now + .seconds(10)))
            bench.time.advance(by: .seconds(10) - .microseconds(1))
            try bench.expect(try await bench.take().verdict, is: .revoked)
            bench.time.advance(by: .microseconds(1))
            try bench.expect(try await bench.take().verdict, is: .run)
        },
        Case("a revocation of a job holds for it alone, also from before it was enqueued (rule 5)") { bench in
            let jobs = (0..<3).map { _ in NewJob(kind: "work") }
            try await bench.perform(.revoke(.job(jobs[1].id), once: true, until: nil))
            try await bench.add(jobs)
            try await bench.perform(.revoke(.job(jobs[2].id), once: false, until: nil))
            try await bench.perform(.restore(.job(jobs[2].id)))
            try bench.expect(try await bench.claim().jobs.map(\.verdict), is: [.run, .revoked, .run])
        },
        Case("a revocation of a job goes with it, when it is deleted or pruned (rule 5)") { bench in
            let jobs = (0..<3).map { _ in NewJob(kind: "work", retention: .zero) }
            try await bench.add(jobs)
            let claimed = try await bench.claim().jobs
            for job in jobs { try await bench.perform(.revoke(.job(job.id), once: true, until: nil)) }
            for job in claimed { try await bench.settle(job, job.id == jobs[0].id ? .failed : .output("1")) }
            for job in jobs[..<2] { try bench.expect(try await bench.perform(.delete(job.id)), is: .done) }
            try bench.expect(try await bench.store.prune(), is: 1)
            for job in jobs { try bench.expect(try await bench.perform(.restore(.job(job.id))), is: .unchanged) }
            try await bench.add(jobs)
            try bench.expect(try await bench.claim().jobs.map(\.verdict), is: [.run, .run, .run])
        },
        Case("a job that is revoked and expired is revoked (rule 5)") { bench in
            try await bench.add(NewJob(kind: "work", expiry: .after(.zero)))
            try await bench.perform(.revoke(.kind("work"), once: false, until: nil))
            try bench.expect(try await bench.take().verdict, is: .revoked)
        },
        Case("a job that expires after it was claimed runs on") { bench in
            let id = try await bench.add(NewJob(kind: "work", expiry: .after(.seconds(5))))
            let job = try await bench.take(id)
            bench.time.advance(by: .seconds(6))
            try bench.expect(try await bench.settle(job), is: .applied)
            try await bench.expect(id, .succeeded)
        },
        Case("a sweep finds what has ended in lanes that nobody serves, and nothing else (rule 5)") { bench in
            let expired = NewJob(kind: "unserved", queue: "a", expiry: .after(.seconds(1)))
            let revoked = NewJob(kind: "gone", queue: "b")
            let single = NewJob(kind: "unserved", queue: "c")
            try await bench.add([NewJob(kind: "unserved"), expired, revoked, single, NewJob(kind: "gone too")])
            try await bench.perform(.revoke(.kind("gone"), once: false, until: nil))
            try await bench.perform(.revoke(.job(single.id), once: false, until: nil))
            bench.time.advance(by: .seconds(1))
            let claim = try await bench.store.claim(ClaimRequest(endedOnly: 100), for: bench.worker)
            let expected = [expired.id, revoked.id, single.id].sorted()
            try bench.expect(claim.jobs.map(\.id).sorted(), is: expected)
            try bench.expect(Set(claim.jobs.map(\.verdict)), is: [.expired, .revoked])
            for job in claim.jobs {
                try bench.expect(try await bench.settle(job, .cancelled, started: false), is: .applied)
            }
            let again = try await bench.store.claim(ClaimRequest(endedOnly: 100), for: bench.worker)
            try bench.expect(again.jobs.count, is: 0)
        },
        Case("a job that went back into its line is swept up when it has expired (rule 5)") { bench in
            let jobs = (0..<3).map { _ in NewJob(kind: "work", expiry: .after(.seconds(60))) }
            try await bench.add(jobs)
            let claimed = try await bench.claim().jobs
            try await bench.settle(claimed[0], .released, started: false)
            try await bench.settle(claimed[1], .retry())
            try await bench.crash()
            bench.time.advance(by: .seconds(60))
            let claim = try await bench.store.claim(ClaimRequest(endedOnly: 100), for: bench.worker)
            try bench.expect(claim.jobs.map(\.id).sorted(), is: jobs.map(\.id).sorted())
            try bench.expect(claim.jobs.map(\.verdict), is: [.expired, .expired, .expired])
        },
        Case("a sweep takes one job by a revocation for once, and none that is to run (rule 5)") { bench in
            let (expired, ready) = (NewJob(kind: "work", expiry: .after(.seconds(1))), NewJob(kind: "work"))
            let single = NewJob(kind: "work")
            try await bench.add([expired, ready, single])
            try await bench.perform(.revoke(.job(single.id), once: true, until: nil))
            try await bench.perform(.restore(.job(single.id)))
            try await bench.perform(.revoke(.kind("work"), once: true, until: nil))
            bench.time.advance(by: .seconds(1))
            let claim = try await bench.store.claim(ClaimRequest(endedOnly: 100), for: bench.worker)
            // Which of them it takes as revoked is left to the store.
            try bench.expect(claim.jobs.filter { $0.verdict == .revoked }.count, is: 1)
            try bench.expect(claim.jobs.filter { $0.verdict == .run }.count, is: 0)
            let rest = try await bench.claim().jobs.map(\.verdict)
            try bench.expect(claim.jobs.count + rest.count, is: 3)
            try bench.expect(rest.contains(.revoked), is: false)
        },
        Case("a sweep takes no more than its limit (rule 5)") { bench in
            try await bench.add((0..<10).map { _ in NewJob(kind: "unserved", expiry: .after(.zero)) })
            let claim = try await bench.store.claim(ClaimRequest(endedOnly: 4), for: bench.worker)
            try bench.expect(claim.jobs.count, is: 4)
        },
    ]
}
