import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension StoreConformance {
    static let enqueueCases: [Case] = [
        Case("an enqueued job is there, once, and ready (invariant 0)") { bench in
            let id = try await bench.add()
            try await bench.expect(id, .ready)
            let counts = try await bench.store.counts()
            try bench.expect(counts.map(\.byState), is: [[.ready: 1]])
        },
        Case("a claimed job carries all that it was enqueued with (rule 3)") { bench in
            let graph = JobID()
            let job = NewJob(
                kind: "work",
                priority: 7,
                graph: graph,
                payload: Payload(codec: 3, keyID: 9, bytes: Data([0, 255, 10, 39])),
                options: Data("{\"a\":1}".utf8),
                headers: ["tenant": "t", "trace": ""],
                enqueuedBy: "host/1"
            )
            try await bench.add(job)
            let claimed = try await bench.take(job.id)
            let expected = ClaimedJob(
                id: job.id,
                token: claimed.token,
                kind: "work",
                queue: "default",
                priority: 7,
                graph: graph,
                payload: job.payload,
                options: job.options,
                headers: job.headers,
                enqueuedAt: bench.time.now,
                readyAt: bench.time.now
            )
            try bench.expect(claimed, is: expected)
        },
        Case("a job that is enqueued twice is one job (rule 7)") { bench in
            let job = NewJob(kind: "work")
            let first = try await bench.add([job])
            let second = try await bench.add([job])
            try bench.expect(first.items, is: [.stored])
            try bench.expect(second.items, is: [.stored])
            try bench.expect(try await bench.claim().jobs.count, is: 1)
        },
        Case("a job that is enqueued again while it runs, or after its end, is left as it is (rule 7)") { bench in
            let job = NewJob(kind: "work")
            try await bench.add(job)
            let claimed = try await bench.take(job.id)
            try await bench.add(job)
            try await bench.expect(job.id, .running)
            try await bench.settle(claimed)
            try await bench.add(job)
            try await bench.expect(job.id, .succeeded)
            try await bench.expectNothingReady()
        },
        Case("a batch of which a part is there already stores the rest (rule 7)") { bench in
            let jobs = (0..<3).map { _ in NewJob(kind: "work") }
            try await bench.add(jobs[1])
            let answer = try await bench.add(jobs)
            try bench.expect(answer.items, is: [.stored, .stored, .stored])
            try bench.expect(try await bench.claim().jobs.count, is: 3)
        },
        Case("a batch with its edges may be sent twice (rule 7)") { bench in
            let (parent, child) = (NewJob(kind: "work"), NewJob(kind: "work"))
            let edges = [NewEdge.from(parent, to: child)]
            try await bench.add([parent, child], edges: edges)
            try await bench.add([parent, child], edges: edges)
            try bench.expect(try await bench.job(child.id).openEdges, is: 1)
            try await bench.run(parent.id)
            try await bench.add([parent, child], edges: edges)
            try await bench.expect(child.id, .ready)
            try await bench.run(child.id)
        },
        Case("two jobs of one id in a batch are refused, and nothing is stored (rule 7)") { bench in
            let job = NewJob(kind: "work")
            try await bench.expectError(.rejected, item: 2) {
                try await bench.add([NewJob(kind: "work"), job, job])
            }
            try await bench.expectNothingReady()
        },
        Case("a job that waits for an unknown one is refused by its number, and nothing is stored (rule 7)") { bench in
            let (good, bad) = (NewJob(kind: "work"), NewJob(kind: "work"))
            try await bench.expectError(.rejected, item: 1) {
                try await bench.add([good, bad], edges: [.from(NewJob(kind: "work"), to: bad)])
            }
            try bench.expect(try await bench.store.snapshots(of: [good.id, bad.id]), is: [nil, nil])
        },
        Case("a job that waits for an unknown one is refused, also where its unique key is held (rules 7, 8)") {
            bench in
            try await bench.add(.unique())
            let child = NewJob.unique()
            try await bench.expectError(.rejected, item: 0) {
                try await bench.add([child], edges: [.from(NewJob(kind: "work"), to: child)])
            }
        },
        Case("jobs that wait for one another in a circle are refused") { bench in
            let jobs = (0..<3).map { _ in NewJob(kind: "work") }
            let edges = [NewEdge.from(jobs[0], to: jobs[1]), .from(jobs[1], to: jobs[2]), .from(jobs[2], to: jobs[0])]
            try await bench.expectError(.rejected) { try await bench.add(jobs, edges: edges) }
            try await bench.expectError(.rejected, item: 0) {
                try await bench.add([jobs[0]], edges: [.from(jobs[0], to: jobs[0])])
            }
            try await bench.expectNothingReady()
        },
        Case("an edge into a job outside its batch is refused") { bench in
            let existing = NewJob(kind: "work")
            try await bench.add(existing)
            let parent = NewJob(kind: "work")
            try await bench.expectError(.rejected) {
                try await bench.add([parent], edges: [.from(parent, to: existing)])
            }
            try bench.expect(try await bench.store.snapshots(of: [parent.id]), is: [nil])
        },
        Case("an empty batch does nothing") { bench in
            try bench.expect(try await bench.add([]), is: EnqueueAnswer(items: []))
        },
        Case("a batch of 2,000 jobs is stored whole and in order") { bench in
            let ids = try await bench.addMany(2000)
            try bench.expect(try await bench.claim(3000).jobs.map(\.id), is: ids)
        },
    ]
}
