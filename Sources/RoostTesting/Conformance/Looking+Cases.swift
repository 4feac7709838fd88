import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension StoreConformance {
    static let lookingCases: [Case] = [
        Case("a snapshot tells all of a job that stands in line") { bench in
            let graph = JobID()
            let job = NewJob(
                kind: "work",
                queue: "q",
                priority: -4,
                expiry: .after(.hours(1)),
                graph: graph,
                payload: Payload(codec: 1, keyID: 2, bytes: Data([1, 2])),
                headers: ["a": "b"],
                enqueuedBy: "host/7"
            )
            let start = bench.time.now
            try await bench.add(job)
            let expected = JobSnapshot(
                id: job.id,
                kind: "work",
                queue: "q",
                state: .ready,
                priority: -4,
                graph: graph,
                enqueuedAt: start,
                readyAt: start,
                expiresAt: start + .hours(1),
                payload: job.payload,
                headers: ["a": "b"],
                enqueuedBy: "host/7"
            )
            try bench.expect(try await bench.job(job.id), is: expected)
        },
        Case("a snapshot of an ended job keeps what it was and how it went") { bench in
            let job = NewJob(
                kind: "work",
                priority: 5,
                graph: JobID(),
                headers: ["tenant": "a"],
                enqueuedBy: "host/7"
            )
            let start = bench.time.now
            try await bench.add(job)
            try await bench.run(job.id, .retry())
            bench.time.advance(by: .seconds(1))
            try await bench.run(job.id, .failed)
            let ended = try await bench.job(job.id)
            try bench.expect(ended.kind, is: "work")
            try bench.expect(ended.queue, is: "default")
            try bench.expect(ended.priority, is: 5)
            try bench.expect(ended.graph, is: job.graph)
            try bench.expect(ended.headers, is: ["tenant": "a"])
            try bench.expect(ended.enqueuedBy, is: "host/7")
            try bench.expect(ended.attempt, is: 2)
            try bench.expect(ended.failures, is: 1)
            try bench.expect(ended.claims, is: 2)
            try bench.expect(ended.enqueuedAt, is: start)
            try bench.expect(ended.finishedAt, is: bench.time.now)
        },
        Case("snapshots and outcomes come in the places of their ids, nil for what is unknown or has not ended") {
            bench in
            let ids = try await bench.addMany(3)
            try await bench.run(ids[0])
            let asked = [ids[2], JobID(), ids[0], ids[2]]
            let snapshots = try await bench.store.snapshots(of: asked)
            try bench.expect(snapshots.map { $0?.id }, is: [ids[2], nil, ids[0], ids[2]])
            let outcomes = try await bench.store.outcomes(of: asked)
            try bench.expect(outcomes.map { $0?.state }, is: [nil, nil, .succeeded, nil])
            try bench.expect(try await bench.store.snapshots(of: []), is: [])
            try bench.expect(try await bench.store.outcomes(of: []), is: [])
        },
        Case("each of many running jobs is shown under its own lease, and as ready once it was given back") { bench in
            let ids = try await bench.addMany(9)
            var claims: [Claim] = []
            for _ in 0..<4 { claims.append(try await bench.claim(2)) }
            try await bench.settle(claims[2].jobs[0], .released, started: false)
            let snapshots = try await bench.store.snapshots(of: ids)
            var tokens = claims.flatMap { [$0.token, $0.token] } + [nil]
            tokens[4] = nil
            try bench.expect(snapshots.map { $0?.token }, is: tokens)
            try bench.expect(snapshots.map { $0?.state == .running }, is: tokens.map { $0 != nil })
        },
        Case("jobs are listed by id, in pages, whatever the order in which they came") { bench in
            let ids = (0..<25).map { _ in JobID() }
            for id in ids.enumerated().sorted(by: { $0.offset * 7 % 25 < $1.offset * 7 % 25 }).map(\.element) {
                try await bench.add(NewJob(id: id, kind: "work"))
            }
            var listed: [JobID] = []
            var pages = 0
            while pages < 10 {
                let page = try await bench.store.list(JobQuery(after: listed.last, limit: 10))
                if page.isEmpty { break }
                listed += page.map(\.id)
                pages += 1
            }
            try bench.expect(listed, is: ids)
            try bench.expect(pages, is: 3)
        },
        Case("a list can be narrowed by queue, kind, graph and states") { bench in
            let graph = JobID()
            let jobs = [
                NewJob(kind: "a", queue: "x"), NewJob(kind: "b", queue: "x", graph: graph),
                NewJob(kind: "a", queue: "y"),
                NewJob(kind: "b", queue: "y", start: .after(.hours(1)), graph: graph),
            ]
            try await bench.add(jobs)
            func numbers(_ query: JobQuery) async throws -> [Int] {
                let listed = try await bench.store.list(query)
                return listed.compactMap { job in jobs.firstIndex { $0.id == job.id } }
            }
            try bench.expect(try await numbers(JobQuery()), is: [0, 1, 2, 3])
            try bench.expect(try await numbers(JobQuery(queue: "x")), is: [0, 1])
            try bench.expect(try await numbers(JobQuery(kind: "a")), is: [0, 2])
            try bench.expect(try await numbers(JobQuery(queue: "y", kind: "b")), is: [3])
            try bench.expect(try await numbers(JobQuery(graph: graph)), is: [1, 3])
            try bench.expect(try await numbers(JobQuery(states: [.scheduled])), is: [3])
            try bench.expect(try await numbers(JobQuery(states: [.ready, .running])), is: [0, 1, 2])
            try bench.expect(try await numbers(JobQuery(kind: "nothing")), is: [])
            try bench.expect(try await numbers(JobQuery(graph: graph, after: jobs[1].id)), is: [3])
        },
        Case("a list shows ended jobs beside the others, until they are pruned") { bench in
            let ids = try await bench.addMany(3)
            try await bench.run(ids[0])
            try await bench.run(ids[1], .failed)
            try bench.expect(try await bench.store.list(JobQuery()).map(\.id), is: ids)
            let ended = try await bench.store.list(JobQuery(states: JobState.finished))
            try bench.expect(ended.map(\.state), is: [.succeeded, .failed])
        },
        Case("counts tell the jobs in each state, by queue and kind") { bench in
            try await bench.add([
                NewJob(kind: "b", queue: "x"), NewJob(kind: "a", queue: "y"), NewJob(kind: "a", queue: "x"),
                NewJob(kind: "a", queue: "x", start: .after(.seconds(1))),
            ])
            let start = bench.time.now
            bench.time.advance(by: .milliseconds(1))
            try await bench.add(NewJob(kind: "a", queue: "x"))
            let claim = try await bench.claim(queues: ["y"], kinds: ["a"])
            let job = try bench.require(claim.jobs.first, "ready job")
            try await bench.settle(job, .failed)
            try await bench.perform(.pause(queue: nil, kind: "b"))
            let expected = [
                LaneCounts(queue: "x", kind: "a", byState: [.ready: 2, .scheduled: 1], oldestReadyAt: start),
                LaneCounts(queue: "x", kind: "b", byState: [.ready: 1], oldestReadyAt: start, isPaused: true),
                LaneCounts(queue: "y", kind: "a", byState: [.failed: 1]),
            ]
            try bench.expect(try await bench.store.counts(), is: expected)
        },
        Case("counts add up through every state of a life (invariant 0)") { bench in
            let (parent, child) = (NewJob(kind: "work", start: .after(.seconds(1))), NewJob(kind: "work"))
            try await bench.add([parent, child], edges: [.from(parent, to: child)])
            func counts() async throws -> [[JobState: Int]] {
                let lanes = try await bench.store.counts()
                return lanes.map(\.byState)
            }
            try bench.expect(try await counts(), is: [[.scheduled: 1, .waiting: 1]])
            try await bench.pass(.seconds(1))
            try bench.expect(try await counts(), is: [[.ready: 1, .waiting: 1]])
            let job = try await bench.take(parent.id)
            try bench.expect(try await counts(), is: [[.running: 1, .waiting: 1]])
            try await bench.settle(job)
            try bench.expect(try await counts(), is: [[.succeeded: 1, .ready: 1]])
            try await bench.perform(.cancel(child.id))
            try bench.expect(try await counts(), is: [[.succeeded: 1, .cancelled: 1]])
        },
        Case("counts tell the lanes of jobs whose rows lie mixed") { bench in
            let lanes = [("x", "a"), ("y", "a"), ("x", "b")]
            // Lanes in turn, two of the first at the end, so that neighbours are of one lane too.
            let order = [0, 1, 2, 0, 1, 0, 0]
            let jobs = order.map { NewJob(kind: lanes[$0].1, queue: lanes[$0].0) }
            try await bench.add(jobs)
            try await bench.add(
                order.map { NewJob(kind: lanes[$0].1, queue: lanes[$0].0, start: .after(.hours(1))) }
            )
            let claim = try await bench.claim(100, queues: ["x", "y"], kinds: ["a", "b"])
            for job in claim.jobs { try await bench.settle(job) }
            let expected = [
                LaneCounts(queue: "x", kind: "a", byState: [.succeeded: 4, .scheduled: 4]),
                LaneCounts(queue: "x", kind: "b", byState: [.succeeded: 1, .scheduled: 1]),
                LaneCounts(queue: "y", kind: "a", byState: [.succeeded: 2, .scheduled: 2]),
            ]
            try bench.expect(try await bench.store.counts(), is: expected)
        },
        Case("an empty store has nothing to show") { bench in
            try bench.expect(try await bench.store.counts(), is: [])
            try bench.expect(try await bench.store.list(JobQuery()), is: [])
            try bench.expect(try await bench.store.attempts(of: JobID()), is: [])
        },
    ]
}
