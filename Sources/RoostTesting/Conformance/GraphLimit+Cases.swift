import RoostCore

extension StoreConformance {
    static let graphLimitCases: [Case] = [
        Case("a job with 2,500 children ends in bounded steps, and every child starts once (rule 6, invariant 9)") {
            bench in
            let parent = NewJob(kind: "work")
            let children = (0..<2500).map { _ in NewJob(kind: "child") }
            try await bench.add([parent] + children, edges: children.map { .from(parent, to: $0) })
            let job = try await bench.take(parent.id)
            let item = SettleItem(
                job: job.id,
                token: job.token,
                end: .succeeded(output: nil),
                startedAt: bench.time.now
            )
            let answer = try await bench.store.exchange(Exchange(worker: bench.worker, settle: [item]))
            try bench.expect(answer.hasMore, is: true)
            try bench.expect(answer.changes.count <= StoreLimits.edgesInline, "\(answer.changes.count) in one call")
            try await bench.expect(parent.id, .succeeded)
            let rest = try await bench.advance()
            try bench.expect(Set(answer.changes.map(\.job) + rest.map(\.job)).count, is: 2500)
            try bench.expect(answer.changes.count + rest.count, is: 2500)
            try bench.expect(try await bench.claim(5000, kinds: ["child"]).jobs.map(\.id), is: children.map(\.id))
        },
        Case("a chain of 1,500 is skipped in bounded steps (rule 6, invariant 9)") { bench in
            let jobs = (0..<1500).map { _ in NewJob(kind: "work") }
            try await bench.add(jobs, edges: (0..<1499).map { .from(jobs[$0], to: jobs[$0 + 1]) })
            let job = try await bench.take(jobs[0].id)
            let item = SettleItem(job: job.id, token: job.token, end: .failed, startedAt: bench.time.now)
            let answer = try await bench.store.exchange(Exchange(worker: bench.worker, settle: [item]))
            try bench.expect(answer.hasMore, is: true)
            try await bench.advance()
            try bench.expect(try await bench.store.counts().map(\.byState), is: [[.failed: 1, .skipped: 1499]])
        },
        Case("a chord of 2,500 that ends in three calls starts its child once (rule 6, invariant 9)") { bench in
            let parents = (0..<2500).map { _ in NewJob(kind: "work") }
            let child = NewJob(kind: "child")
            try await bench.add(
                parents + [child],
                edges: parents.enumerated().map { .from($1, to: child, .always, at: Int32($0)) }
            )
            var started = 0
            while true {
                let claim = try await bench.claim(1200)
                if claim.jobs.isEmpty { break }
                let items = claim.jobs.map {
                    SettleItem(job: $0.id, token: $0.token, end: .succeeded(output: nil), startedAt: bench.time.now)
                }
                let answer = try await bench.store.exchange(Exchange(worker: bench.worker, settle: items))
                started += answer.changes.count
                started += try await bench.advance().count
            }
            try bench.expect(started, is: 1)
            try await bench.expect(child.id, .ready)
        },
        Case("children that wait for two steps' worth of parents leave waiting once (invariant 9)") { bench in
            let parents = (0..<2).map { _ in NewJob(kind: "work") }
            let children = (0..<1200).map { _ in NewJob(kind: "child") }
            let edges = children.flatMap { child in
                parents.enumerated().map { NewEdge.from($1, to: child, at: Int32($0)) }
            }
            try await bench.add(parents + children, edges: edges)
            let items = try await bench.claim().jobs.map {
                SettleItem(job: $0.id, token: $0.token, end: .succeeded(output: nil), startedAt: bench.time.now)
            }
            let answer = try await bench.store.exchange(Exchange(worker: bench.worker, settle: items))
            let changes = answer.changes + (try await bench.advance())
            try bench.expect(changes.count, is: 1200)
            try bench.expect(try await bench.claim(2000, kinds: ["child"]).jobs.count, is: 1200)
        },
        Case("the cancel of a graph of 2,500 goes in bounded steps to its end (rule 6)") { bench in
            let graph = JobID()
            try await bench.add((0..<2500).map { _ in NewJob(kind: "work", graph: graph) })
            let answer = try await bench.store.perform(ActionRequest(.cancelGraph(graph)))
            try bench.expect(answer.result, is: .done)
            try bench.expect(answer.hasMore, is: true)
            try await bench.advance()
            try bench.expect(try await bench.store.counts().map(\.byState), is: [[.cancelled: 2500]])
        },
        Case("a child that is added while its parent's other edges are left over starts all the same") { bench in
            let parent = NewJob(kind: "work")
            let children = (0..<1500).map { _ in NewJob(kind: "child") }
            try await bench.add([parent] + children, edges: children.map { .from(parent, to: $0) })
            try await bench.run(parent.id)
            let late = NewJob(kind: "late")
            try await bench.add([late], edges: [.from(parent, to: late)])
            try await bench.advance()
            try await bench.expect(late.id, .ready)
            try bench.expect(try await bench.claim(2000, kinds: ["child"]).jobs.count, is: 1500)
        },
    ]

    static let additionCases: [Case] = [
        Case("what a job adds is there with its success, and not before") { bench in
            let job = try await bench.take(try await bench.add())
            let added = NewJob(kind: "added")
            let item = SettleItem(
                job: job.id,
                token: job.token,
                end: .succeeded(output: nil),
                startedAt: bench.time.now,
                added: EnqueueBatch(jobs: [added])
            )
            try bench.expect(try await bench.store.settle([item], for: bench.worker), is: [.applied])
            try bench.expect(try await bench.take(added.id, kinds: ["added"]).payload, is: added.payload)
            try bench.expect(try await bench.store.settle([item], for: bench.worker), is: [.already])
            try await bench.expectNothingReady(kinds: ["added"])
        },
        Case("what a job adds is dropped if it does not succeed, or its settle is stale") { bench in
            for end in [JobEnd.failed, .retry(), .cancelled, .released] {
                let job = try await bench.take(try await bench.add())
                let batch = EnqueueBatch(jobs: [NewJob(kind: "added")])
                let item = SettleItem(job: job.id, token: job.token, end: end, startedAt: bench.time.now, added: batch)
                _ = try await bench.store.settle([item], for: bench.worker)
                try await bench.perform(.cancel(job.id))
            }
            let late = try await bench.take(try await bench.add())
            try await bench.crash()
            let batch = EnqueueBatch(jobs: [NewJob(kind: "added")])
            let item = SettleItem(
                job: late.id,
                token: late.token,
                end: .succeeded(output: nil),
                startedAt: bench.time.now,
                added: batch
            )
            try bench.expect(try await bench.store.settle([item], for: bench.worker), is: [.stale])
            try await bench.expectNothingReady(kinds: ["added"])
        },
        Case("what a job adds may wait for the job itself and for one another") { bench in
            let parent = NewJob(kind: "work")
            try await bench.add(parent)
            let job = try await bench.take(parent.id)
            let (next, last, otherwise) = (NewJob(kind: "work"), NewJob(kind: "work"), NewJob(kind: "work"))
            let batch = EnqueueBatch(
                jobs: [next, last, otherwise],
                edges: [
                    .from(parent, to: next, value: true), .from(next, to: last), .from(parent, to: otherwise, .failure),
                ]
            )
            let item = SettleItem(
                job: job.id,
                token: job.token,
                end: .output("1"),
                startedAt: bench.time.now,
                added: batch
            )
            try bench.expect(try await bench.store.settle([item], for: bench.worker), is: [.applied])
            try await bench.expect(last.id, .waiting)
            try await bench.expect(otherwise.id, .skipped)
            let inputs = try await bench.store.inputs(of: next.id, from: 0, limit: 10)
            try bench.expect(inputs.map { $0.outcome?.state }, is: [.succeeded])
            try await bench.run(next.id)
            try await bench.run(last.id)
        },
        Case("an addition that cannot be stored fails its job and no other (invariant 11)") { bench in
            let ids = try await bench.addMany(2)
            let jobs = try await bench.claim().jobs
            let bad = NewJob(kind: "added")
            let items = jobs.enumerated().map { number, job in
                SettleItem(
                    job: job.id,
                    token: job.token,
                    end: .output("1"),
                    startedAt: bench.time.now,
                    added: number == 0
                        ? EnqueueBatch(jobs: [bad], edges: [.from(NewJob(kind: "unknown"), to: bad)])
                        : EnqueueBatch(jobs: [NewJob(kind: "added")])
                )
            }
            try bench.expect(try await bench.store.settle(items, for: bench.worker), is: [.applied, .applied])
            try await bench.expect(ids[0], .failed)
            try bench.expect(try await bench.job(ids[0]).failure?.reason, is: .error)
            try await bench.expect(ids[1], .succeeded)
            try bench.expect(try await bench.store.snapshots(of: [bad.id]), is: [nil])
            try bench.expect(try await bench.claim(kinds: ["added"]).jobs.count, is: 1)
        },
        Case("a job that fails for what it added is told as failed, since its worker says that it succeeded") { bench in
            let job = try await bench.take(try await bench.add())
            let bad = NewJob(kind: "added")
            let item = SettleItem(
                job: job.id,
                token: job.token,
                end: .output("1"),
                startedAt: bench.time.now,
                added: EnqueueBatch(jobs: [bad], edges: [.from(NewJob(kind: "unknown"), to: bad)])
            )
            let answer = try await bench.store.exchange(Exchange(worker: bench.worker, settle: [item]))
            try bench.expect(answer.changes.map(\.job), is: [job.id])
            try bench.expect(answer.changes.map(\.to), is: [.failed])
            try bench.expect(answer.changes.map(\.reason), is: [.error])
        },
    ]
}
