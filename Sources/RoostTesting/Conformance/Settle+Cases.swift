import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension StoreConformance {
    static let settleCases: [Case] = [
        Case("a success is kept with its output") { bench in
            let job = try await bench.take(try await bench.add())
            bench.time.advance(by: .seconds(1))
            let output = Data([0, 1, 255])
            let item = SettleItem(
                job: job.id,
                token: job.token,
                end: .succeeded(output: output),
                startedAt: bench.time.now - .seconds(1)
            )
            _ = try await bench.store.settle([item], for: bench.worker)
            let expected = StoredOutcome(
                state: .succeeded,
                output: output,
                kind: "work",
                attempt: 1,
                finishedAt: bench.time.now
            )
            try bench.expect(try await bench.outcome(job.id), is: expected)
            let ended = try await bench.job(job.id)
            try bench.expect(ended.output, is: output)
            try bench.expect(ended.startedAt, is: bench.time.now - .seconds(1))
            try bench.expect(ended.finishedAt, is: bench.time.now)
        },
        Case("no output and an empty output are two things") { bench in
            let ids = try await bench.addMany(2)
            try await bench.run(ids[0], .succeeded(output: nil))
            try await bench.run(ids[1], .succeeded(output: Data()))
            try bench.expect(try await bench.store.outcomes(of: ids).map { $0?.output }, is: [nil, Data()])
        },
        Case("a failure is kept with its record and its payload") { bench in
            let payload = Payload(bytes: Data("[1]".utf8))
            let id = try await bench.add(NewJob(kind: "work", payload: payload))
            try await bench.run(id, .failed)
            let job = try await bench.job(id)
            try bench.expect(job.state, is: .failed)
            try bench.expect(job.failure, is: .test)
            try bench.expect(job.payload, is: payload)
            try bench.expect(try await bench.outcome(id)?.failure, is: .test)
        },
        Case("a settle that is sent again is answered already and does nothing (rule 7)") { bench in
            let ends: [JobEnd] = [
                .output("1"), .failed, .retry(), .retry(after: .seconds(9)), .cancelled, .expired, .released,
            ]
            for end in ends {
                let id = try await bench.add()
                let job = try await bench.take(id)
                try bench.expect(try await bench.settle(job, end), is: .applied, "\(end)")
                let before = try await bench.job(id)
                bench.time.advance(by: .seconds(1))
                try bench.expect(try await bench.settle(job, end), is: .already, "\(end)")
                try bench.expect(try await bench.job(id), is: before, "\(end)")
                if !before.state.isFinished { try await bench.perform(.cancel(id)) }
            }
        },
        Case("a settle that is sent again while another claim has the job is answered already (rule 7)") { bench in
            let id = try await bench.add()
            let first = try await bench.take(id)
            try await bench.settle(first, .retry())
            let second = try await bench.take(id)
            try bench.expect(try await bench.settle(first, .retry()), is: .already)
            try await bench.expect(id, .running)
            try bench.expect(try await bench.settle(second, .retry()), is: .applied)
            try bench.expect(try await bench.settle(second, .retry()), is: .already)
            // One is remembered: nobody sends an end again after that of a later claim.
            try bench.expect(try await bench.settle(first, .retry()), is: .stale)
        },
        Case("a job whose cancel was asked for is told as cancelled where it would go on (invariant 12)") { bench in
            for end in [JobEnd.retry(), .released] {
                let id = try await bench.add()
                let job = try await bench.take(id)
                try await bench.perform(.cancel(id))
                let item = SettleItem(job: id, token: job.token, end: end, startedAt: bench.time.now)
                let answer = try await bench.store.exchange(Exchange(worker: bench.worker, settle: [item]))
                try bench.expect(answer.changes.map(\.job), is: [id], "\(end)")
                try bench.expect(answer.changes.map(\.to), is: [.cancelled], "\(end)")
                try bench.expect(try await bench.job(id).failures, is: 0, "the retries it used up")
            }
        },
        Case("one item twice in a call is done once (rule 7)") { bench in
            let job = try await bench.take(try await bench.add())
            let item = SettleItem(job: job.id, token: job.token, end: .retry(), startedAt: bench.time.now)
            try bench.expect(try await bench.store.settle([item, item], for: bench.worker), is: [.applied, .already])
            try bench.expect(try await bench.job(job.id).attempt, is: 1)
        },
        Case("a late settle changes nothing (rule 7, invariant 3)") { bench in
            let id = try await bench.add()
            let late = try await bench.take(id)
            try await bench.crash()
            let before = try await bench.job(id)
            try bench.expect(try await bench.settle(late, .output("late")), is: .stale)
            try bench.expect(try await bench.job(id), is: before)
            let job = try await bench.take(id)
            try bench.expect(try await bench.settle(late, .failed), is: .stale)
            try await bench.expect(id, .running)
            try bench.expect(try await bench.settle(job, .output("new")), is: .applied)
            try bench.expect(try await bench.settle(late, .failed), is: .stale)
            try bench.expect(try await bench.outcome(id)?.output, is: Data("new".utf8))
        },
        Case("a settle of an unknown job, or by a token that never was, is stale (invariant 3)") { bench in
            let id = try await bench.add()
            let job = try await bench.take(id)
            func answer(_ job: JobID, _ token: Int64) async throws -> SettleAnswer? {
                let item = SettleItem(
                    job: job,
                    token: LeaseToken(token),
                    end: .succeeded(output: nil),
                    startedAt: bench.time.now
                )
                let answers = try await bench.store.settle([item], for: bench.worker)
                return answers.first
            }
            try bench.expect(try await answer(JobID(), job.token.number), is: .stale)
            try bench.expect(try await answer(id, job.token.number + 1), is: .stale)
            try bench.expect(try await answer(id, job.token.number - 1), is: .stale)
            try bench.expect(try await answer(id, 0), is: .stale)
            try await bench.expect(id, .running)
        },
        Case("a job cannot be settled by the token of another job's claim (invariant 3)") { bench in
            _ = try await bench.addMany(2)
            let first = try await bench.take()
            let second = try await bench.take()
            var crossed = first
            crossed.token = second.token
            try bench.expect(try await bench.settle(crossed), is: .stale)
            try await bench.expect(first.id, .running)
        },
        Case("a bad item does not hold up the others of its call (invariant 11)") { bench in
            _ = try await bench.addMany(3)
            let jobs = try await bench.claim().jobs
            func item(_ job: JobID, _ token: LeaseToken, _ end: JobEnd) -> SettleItem {
                SettleItem(job: job, token: token, end: end, startedAt: bench.time.now)
            }
            let answers = try await bench.store.settle(
                [
                    item(JobID(), jobs[0].token, .failed),
                    item(jobs[0].id, jobs[0].token, .output("0")),
                    item(jobs[1].id, LeaseToken(jobs[1].token.number + 7), .failed),
                    item(jobs[2].id, jobs[2].token, .failed),
                    item(jobs[1].id, jobs[1].token, .output("1")),
                ],
                for: bench.worker
            )
            try bench.expect(answers, is: [.stale, .applied, .stale, .applied, .applied])
            let states = try await bench.store.snapshots(of: jobs.map(\.id)).map { $0?.state }
            try bench.expect(states, is: [.succeeded, .succeeded, .failed])
        },
        Case("an exchange settles and claims in one call, and what it freed can be claimed in it") { bench in
            let (parent, child) = (NewJob(kind: "work"), NewJob(kind: "work"))
            try await bench.add([parent, child], edges: [.from(parent, to: child)])
            let job = try await bench.take(parent.id)
            let item = SettleItem(
                job: job.id,
                token: job.token,
                end: .succeeded(output: nil),
                startedAt: bench.time.now
            )
            let answer = try await bench.store.exchange(
                Exchange(worker: bench.worker, settle: [item], claim: ClaimRequest(kinds: ["work"], limit: 10))
            )
            try bench.expect(answer.settled, is: [.applied])
            try bench.expect(answer.changes.map(\.job), is: [child.id])
            try bench.expect(answer.claim?.jobs.map(\.id), is: [child.id])
            try bench.expect(answer.now, is: bench.time.now)
        },
        Case("an exchange without a claim answers none") { bench in
            try bench.expect(try await bench.store.exchange(Exchange(worker: bench.worker)).claim == nil, "a claim")
        },
        Case("a settle under a lease that is over, but was not taken back, counts (invariant 14)") { bench in
            let job = try await bench.take(try await bench.add())
            bench.time.advance(by: .seconds(60))
            try bench.expect(try await bench.settle(job), is: .applied)
            try bench.expect(try await bench.store.reclaim(), is: Advance())
            try await bench.expect(job.id, .succeeded)
        },
        Case("nothing but an operator's retry leaves a final state (invariant 4)") { bench in
            for end in [JobEnd.output("x"), .failed, .cancelled, .expired] {
                let id = try await bench.add()
                let job = try await bench.take(id)
                try await bench.settle(job, end)
                let before = try await bench.job(id)
                try await bench.settle(job, .retry())
                try await bench.perform(.cancel(id))
                try await bench.perform(.reschedule(id, .now))
                try await bench.pass(.seconds(60))
                _ = try await bench.store.reclaim()
                try bench.expect(try await bench.job(id), is: before)
            }
        },
    ]

    static let counterCases: [Case] = [
        Case("claims rises at each claim and never falls (rule 4, invariant 2)") { bench in
            let id = try await bench.add()
            for round in 1...5 {
                let job = try await bench.take(id)
                try bench.expect(job.claims, is: round)
                try await bench.settle(job, round % 2 == 0 ? .released : .retry())
                try bench.expect(try await bench.job(id).claims, is: round)
            }
            try await bench.run(id)
            try bench.expect(try await bench.job(id).claims, is: 6)
        },
        Case("a job that is given back keeps its place and its counters (rule 4, invariants 2, 10)") { bench in
            let ids = try await bench.addMany(4)
            let claim = try await bench.claim(3)
            bench.time.advance(by: .seconds(1))
            for job in [claim.jobs[2], claim.jobs[0], claim.jobs[1]] { try await bench.settle(job, .released) }
            let late = try await bench.add()
            let again = try await bench.claim()
            try bench.expect(again.jobs.map(\.id), is: ids + [late])
            try bench.expect(again.jobs[0].attempt, is: 0)
            try bench.expect(again.jobs[0].failures, is: 0)
            try bench.expect(again.jobs[0].crashes, is: 0)
            try bench.expect(again.jobs[0].claims, is: 2)
            try bench.expect(try await bench.store.attempts(of: ids[0]), is: [])
        },
        Case("attempt counts the ends of bodies that began, whatever the end (rule 4, invariant 2)") { bench in
            let ends: [(JobEnd, Int)] = [
                (.output("x"), 1), (.failed, 1), (.retry(), 1), (.cancelled, 1), (.released, 0),
            ]
            for (end, charged) in ends {
                let id = try await bench.add()
                try await bench.run(id, end)
                try bench.expect(try await bench.job(id).attempt, is: charged, "after \(end)")
                try await bench.perform(.cancel(id))
            }
        },
        Case("an end without a beginning is not charged (rule 4, invariant 2)") { bench in
            for end in [JobEnd.failed, .retry(), .cancelled, .expired] {
                let job = try await bench.take(try await bench.add())
                try bench.expect(try await bench.settle(job, end, started: false), is: .applied)
                try bench.expect(try await bench.job(job.id).attempt, is: 0, "after \(end)")
                try await bench.perform(.cancel(job.id))
            }
        },
        Case("failures counts what used up a retry, and nothing else (rule 4)") { bench in
            let id = try await bench.add()
            try await bench.run(id, .retry())
            try await bench.run(id, .retry(usesRetry: false))
            try await bench.run(id, .retry())
            let job = try await bench.take(id)
            try bench.expect(job.attempt, is: 3)
            try bench.expect(job.failures, is: 2)
            try bench.expect(job.crashes, is: 0)
        },
        Case("attempts that did not succeed are logged with why, who and when") { bench in
            let id = try await bench.add()
            let start = bench.time.now
            let job = try await bench.take(id)
            bench.time.advance(by: .seconds(2))
            let item = SettleItem(job: id, token: job.token, end: .retry(), startedAt: start)
            _ = try await bench.store.settle([item], for: bench.worker)
            let log = try await bench.store.attempts(of: id)
            let expected = AttemptRecord(
                attempt: 1,
                failure: .test,
                worker: bench.worker,
                startedAt: start,
                endedAt: bench.time.now
            )
            try bench.expect(log, is: [expected])
        },
        Case("the log has a line for each failure, crash and cancel, oldest first, and none for others") { bench in
            let id = try await bench.add()
            try await bench.run(id, .retry())
            try await bench.run(id, .released)
            _ = try await bench.take(id)
            try await bench.crash()
            try await bench.run(id, .failed)
            let log = try await bench.store.attempts(of: id)
            try bench.expect(log.map(\.attempt), is: [1, 2, 3])
            try bench.expect(log.map(\.failure.reason), is: [.error, .crashed, .error])
            let good = try await bench.add()
            try await bench.run(good)
            try bench.expect(try await bench.store.attempts(of: good), is: [])
        },
        Case("the log keeps the last 100 attempts") { bench in
            let id = try await bench.add()
            for _ in 0..<(StoreLimits.attemptsKept + 5) { try await bench.run(id, .retry()) }
            let log = try await bench.store.attempts(of: id)
            try bench.expect(log.map(\.attempt), is: Array(6...(StoreLimits.attemptsKept + 5)))
        },
    ]
}
