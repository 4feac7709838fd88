import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension StoreConformance {
    static let houseCases: [Case] = [
        Case("an outcome is kept for its retention, then pruned (invariant 0)") { bench in
            let id = try await bench.add(NewJob(kind: "work", retention: .seconds(100)))
            try await bench.run(id, .output("1"))
            bench.time.advance(by: .seconds(100) - .microseconds(1))
            try bench.expect(try await bench.store.prune(), is: 0)
            try bench.expect(try await bench.outcome(id)?.output, is: Data("1".utf8))
            bench.time.advance(by: .microseconds(1))
            try bench.expect(try await bench.store.prune(), is: 1)
            try bench.expect(try await bench.outcome(id), is: nil)
            try bench.expect(try await bench.store.counts(), is: [])
        },
        Case("a retention of zero is over at once") { bench in
            let id = try await bench.add(NewJob(kind: "work", retention: .zero))
            try await bench.run(id)
            try bench.expect(try await bench.store.prune(), is: 1)
            try bench.expect(try await bench.store.snapshots(of: [id]), is: [nil])
        },
        Case("a failed job is kept with its payload for 30 days at least") { bench in
            let short = try await bench.add(NewJob(kind: "work", retention: .seconds(1)))
            let long = try await bench.add(NewJob(kind: "work", retention: .days(40)))
            try await bench.run(short, .failed)
            try await bench.run(long, .failed)
            bench.time.advance(by: .days(30) - .seconds(1))
            try bench.expect(try await bench.store.prune(), is: 0)
            try bench.expect(try await bench.job(short).payload, is: Payload())
            bench.time.advance(by: .seconds(1))
            try bench.expect(try await bench.store.prune(), is: 1)
            try await bench.expect(long, .failed)
            bench.time.advance(by: .days(10))
            try bench.expect(try await bench.store.prune(), is: 1)
        },
        Case("a job that has not ended is never pruned") { bench in
            let jobs = [
                NewJob(kind: "work", retention: .zero), NewJob(kind: "work", retention: .zero),
                NewJob(kind: "work", start: .after(.days(9000)), retention: .zero),
                NewJob(kind: "work", retention: .zero),
            ]
            try await bench.add(jobs, edges: [.from(jobs[2], to: jobs[3])])
            _ = try await bench.take(jobs[0].id)
            bench.time.advance(by: .days(8000))
            try bench.expect(try await bench.store.prune(), is: 0)
            let states = try await bench.store.snapshots(of: jobs.map(\.id)).map { $0?.state }
            try bench.expect(states, is: [.running, .ready, .scheduled, .waiting])
        },
        Case("an outcome that an unfinished job needs as an input is spared until that has ended (rule 6)") { bench in
            let (parent, child) = (NewJob(kind: "work", retention: .zero), NewJob(kind: "work", retention: .zero))
            try await bench.add([parent, child], edges: [.from(parent, to: child, value: true)])
            try await bench.run(parent.id, .output("1"))
            try bench.expect(try await bench.store.prune(), is: 0)
            let job = try await bench.take(child.id)
            bench.time.advance(by: .days(1))
            try bench.expect(try await bench.store.prune(), is: 0)
            let inputs = try await bench.store.inputs(of: child.id, from: 0, limit: 1)
            try bench.expect(inputs.map { $0.outcome?.output }, is: [Data("1".utf8)])
            try await bench.settle(job)
            _ = try await bench.store.prune()
            _ = try await bench.store.prune()
            try bench.expect(try await bench.store.snapshots(of: [parent.id, child.id]), is: [nil, nil])
        },
        Case("an outcome is spared for a job that needs it as an input once more, by a retry (rule 6)") { bench in
            let parent = NewJob(kind: "work", retention: .zero)
            let (failing, other) = (NewJob(kind: "work"), NewJob(kind: "work"))
            let edges = [failing, other].map { NewEdge.from(parent, to: $0, value: true) }
            try await bench.add([parent, failing, other], edges: edges)
            try await bench.run(parent.id, .output("1"))
            let jobs = try await bench.claim().jobs
            try await bench.settle(try bench.require(jobs.first { $0.id == failing.id }, "failing job"), .failed)
            try bench.expect(try await bench.store.prune(), is: 0)
            try bench.expect(try await bench.perform(.retry(failing.id)), is: .done)
            try await bench.settle(try bench.require(jobs.first { $0.id == other.id }, "other job"))
            try bench.expect(try await bench.store.prune(), is: 0)
            let inputs = try await bench.store.inputs(of: failing.id, from: 0, limit: 1)
            try bench.expect(inputs.map { $0.outcome?.output }, is: [Data("1".utf8)])
            try await bench.run(failing.id)
            _ = try await bench.store.prune()
            _ = try await bench.store.prune()
            try bench.expect(try await bench.store.snapshots(of: [parent.id]), is: [nil])
        },
        Case("an outcome that was spared goes when the job that needed it is deleted (rule 6)") { bench in
            let (parent, child) = (NewJob(kind: "work", retention: .zero), NewJob(kind: "work"))
            try await bench.add([parent, child], edges: [.from(parent, to: child, value: true)])
            try await bench.run(parent.id, .output("1"))
            try bench.expect(try await bench.store.prune(), is: 0)
            try await bench.run(child.id, .failed)
            try bench.expect(try await bench.perform(.delete(child.id)), is: .done)
            try bench.expect(try await bench.store.prune(), is: 1)
            try bench.expect(try await bench.store.snapshots(of: [parent.id]), is: [nil])
        },
        Case("an outcome that was spared does not hold up the pruning of others") { bench in
            let (parent, child) = (NewJob(kind: "work", retention: .zero), NewJob(kind: "child", retention: .zero))
            try await bench.add([parent, child], edges: [.from(parent, to: child, value: true)])
            try await bench.run(parent.id)
            let other = try await bench.add(NewJob(kind: "work", retention: .zero))
            try await bench.run(other)
            try bench.expect(try await bench.store.prune(), is: 1)
            try await bench.expect(parent.id, .succeeded)
        },
        Case("an input that is gone is told as such") { bench in
            let (parent, child) = (NewJob(kind: "work"), NewJob(kind: "work"))
            try await bench.add([parent, child], edges: [.from(parent, to: child, value: true)])
            try await bench.run(parent.id)
            try await bench.perform(.delete(parent.id))
            let inputs = try await bench.store.inputs(of: child.id, from: 0, limit: 1)
            try bench.expect(inputs, is: [JobInputRecord(position: 0, parent: parent.id, outcome: nil)])
        },
        Case("prune() goes in bounded steps and answers how many it deleted (rule 6)") { bench in
            try await bench.add((0..<2500).map { _ in NewJob(kind: "work", retention: .zero) })
            let items = try await bench.claim(3000).jobs.map {
                SettleItem(job: $0.id, token: $0.token, end: .succeeded(output: nil), startedAt: bench.time.now)
            }
            _ = try await bench.store.settle(items, for: bench.worker)
            var deleted: [Int] = []
            while deleted.last != 0, deleted.count < 10 { deleted.append(try await bench.store.prune()) }
            try bench.expect(deleted.reduce(0, +), is: 2500)
            try bench.expect(deleted.allSatisfy { $0 <= StoreLimits.jobsAStep }, "steps of \(deleted)")
        },
        Case("a pruned job may be enqueued anew, and a settle of the old one is stale (invariant 3)") { bench in
            let job = NewJob(kind: "work", retention: .zero)
            try await bench.add(job)
            let old = try await bench.take(job.id)
            try await bench.settle(old)
            _ = try await bench.store.prune()
            try bench.expect(try await bench.settle(old), is: .stale)
            try await bench.add(job)
            try bench.expect(try await bench.settle(old), is: .stale)
            try await bench.run(job.id)
        },
        Case("a retried job is not pruned by the end it had before") { bench in
            let id = try await bench.add(NewJob(kind: "work", retention: .seconds(10)))
            try await bench.run(id, .failed)
            try await bench.perform(.retry(id))
            bench.time.advance(by: .days(31))
            try bench.expect(try await bench.store.prune(), is: 0)
            try await bench.expect(id, .ready)
        },
        Case("what another handle of the store did is there (invariant 0)") { bench in
            guard let reopen = bench.reopen else { return }
            let other = try await reopen(bench.store, bench.time)
            let id = try await bench.add(.unique())
            try bench.expect(try await other.snapshots(of: [id]).first??.state, is: .ready)
            try bench.expect(try await other.enqueue(EnqueueBatch(jobs: [.unique()])).items, is: [.duplicate(of: id)])
            let job = try await bench.take(id)
            let worker = try await other.register(WorkerRegistration(name: "other"))
            let claim = try await other.claim(ClaimRequest(kinds: ["work"], limit: 10), for: worker)
            try bench.expect(claim.jobs, is: [])
            try await bench.settle(job, .output("1"))
            try bench.expect(try await other.outcomes(of: [id]).first??.output, is: Data("1".utf8))
            await other.close()
        },
    ]

    static let robustnessCases: [Case] = [
        Case("a payload may hold any bytes and be large") { bench in
            let large = Data((0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            let payloads = [Data(), Data([0]), Data([0xFF, 0xFE, 0]), Data("\"'; DROP TABLE job; --".utf8), large]
            try await bench.add(payloads.map { NewJob(kind: "work", payload: Payload(bytes: $0)) })
            let jobs = try await bench.claim().jobs
            try bench.expect(jobs.map(\.payload.bytes) == payloads, "a payload changed")
            for job in jobs { try await bench.settle(job, .succeeded(output: job.payload.bytes)) }
            let outputs = try await bench.store.outcomes(of: jobs.map(\.id)).map { $0?.output }
            try bench.expect(outputs == payloads, "an output changed")
        },
        Case("names, headers and messages may hold any text") { bench in
            let texts = ["żółć 🪺", "a'b\"c\\d", "%_*?[x]", "line\nbreak", "\u{1}", "e\u{301}", "{tag}", "DEFAULT"]
            let jobs = texts.map { NewJob(kind: $0, queue: $0, headers: [$0: $0], enqueuedBy: $0) }
            try await bench.add(jobs)
            for (text, job) in zip(texts, jobs) {
                let claimed = try await bench.claim(queues: [text], kinds: [text]).jobs
                try bench.expect(claimed.map(\.id), is: [job.id], text)
                try bench.expect(claimed.map(\.headers), is: [[text: text]])
                let failure = FailureRecord(reason: .error, errorType: text, message: text, stack: text)
                try await bench.settle(claimed[0], .failed(failure))
                try bench.expect(try await bench.job(job.id).failure, is: failure)
                try bench.expect(try await bench.job(job.id).queue, is: text)
            }
        },
        Case("queues that differ in case or by a space are different") { bench in
            try await bench.add(["a", "A", "a "].map { NewJob(kind: "work", queue: $0) })
            try bench.expect(try await bench.claim(queues: ["A"]).jobs.map(\.queue), is: ["A"])
            try bench.expect(try await bench.claim(queues: ["a "]).jobs.map(\.queue), is: ["a "])
        },
        Case("durations and moments at the ends of their range do no harm") { bench in
            let jobs = [
                NewJob(kind: "work", start: .at(.distantFuture)), NewJob(kind: "work", start: .after(.days(36_500))),
                NewJob(kind: "work", start: .at(.distantPast), expiry: .at(.distantFuture), retention: .days(36_500)),
                NewJob(kind: "work", expiry: .at(.distantPast)),
            ]
            try await bench.add(jobs)
            try await bench.advance()
            let claim = try await bench.claim(lease: .days(36_500))
            try bench.expect(claim.jobs.map(\.verdict), is: [.run, .expired])
            for job in claim.jobs { try await bench.settle(job) }
            try bench.expect(try await bench.store.prune(), is: 0)
            try await bench.expect(jobs[0].id, .scheduled)
        },
        Case("calls that come after close() throw closed") { bench in
            await bench.store.close()
            try await bench.expectError(.closed) { try await bench.add([NewJob(kind: "work")]) }
            try await bench.expectError(.closed) { _ = try await bench.claim() }
            try await bench.expectError(.closed) { _ = try await bench.store.counts() }
            try await bench.expectError(.closed) { _ = try await bench.store.advance() }
            await bench.store.close()
        },
        Case("a hundred calls at a time keep every promise (invariants 0, 11)") { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let id = try await bench.add(NewJob(kind: "kind\(number)"))
                        let job = try await bench.take(id, kinds: ["kind\(number)"])
                        try bench.expect(try await bench.settle(job, .output("\(number)")), is: .applied)
                        try bench.expect(try await bench.outcome(id)?.output, is: Data("\(number)".utf8))
                    }
                }
                try await group.waitForAll()
            }
        },
        Case("every acknowledged job is in one place through a storm of calls (invariant 0)") { bench in
            let ids = try await bench.addMany(200)
            let ends: [JobEnd] = [.output("1"), .failed, .retry(), .retry(after: .seconds(3)), .released, .cancelled]
            for round in 0..<40 {
                let jobs = try await bench.claim(17).jobs
                for (number, job) in jobs.enumerated() where number % 5 != 4 {
                    try await bench.settle(job, ends[(number + round) % ends.count])
                }
                try await bench.pass(.seconds(7))
                _ = try await bench.store.reclaim()
                let total = try await bench.store.counts().flatMap { $0.byState.values }.reduce(0, +)
                try bench.expect(total, is: 200)
            }
            try bench.expect(try await bench.store.list(JobQuery(limit: 500)).map(\.id), is: ids)
        },
    ]
}
