import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension StoreConformance {
    /// What each condition makes of each end: whether the child becomes ready; else it is skipped.
    private static let table: [(EdgeCondition, JobEnd, JobState, Bool)] = [
        (.success, .output("1"), .succeeded, true), (.success, .failed, .failed, false),
        (.success, .cancelled, .cancelled, false), (.success, .expired, .expired, false),
        (.failure, .output("1"), .succeeded, false), (.failure, .failed, .failed, true),
        (.failure, .cancelled, .cancelled, false), (.failure, .expired, .expired, true),
        (.always, .output("1"), .succeeded, true), (.always, .failed, .failed, true),
        (.always, .cancelled, .cancelled, true), (.always, .expired, .expired, true),
    ]

    private static let conditionCases: [Case] = table.map { condition, end, state, isMet in
        let what = isMet ? "starts" : "is skipped"
        return Case("a child of a \(condition.rawValue) edge \(what) when its parent is \(state.rawValue) (rule 6)") {
            bench in
            let (parent, child) = (NewJob(kind: "work"), NewJob(kind: "work"))
            try await bench.add([parent, child], edges: [.from(parent, to: child, condition)])
            try await bench.expect(child.id, .waiting)
            let job = try await bench.take(parent.id)
            let item = SettleItem(job: job.id, token: job.token, end: end, startedAt: bench.time.now)
            let answer = try await bench.store.exchange(Exchange(worker: bench.worker, settle: [item]))
            try await bench.expect(parent.id, state)
            try await bench.expect(child.id, isMet ? .ready : .skipped)
            let change = JobChange(
                job: child.id,
                kind: "work",
                queue: "default",
                from: .waiting,
                to: isMet ? .ready : .skipped,
                reason: isMet ? nil : .parentEnded
            )
            try bench.expect(answer.changes, is: [change])
            if !isMet { try bench.expect(try await bench.job(child.id).failure?.reason, is: .parentEnded) }
        }
    }

    /// The same for a child that comes after its parent's end.
    private static let lateCases: [Case] = table.map { condition, end, state, isMet in
        let what = isMet ? "starts" : "is skipped"
        let name =
            "a child that is added by a \(condition.rawValue) edge to a job that is \(state.rawValue) \(what) at once"
        return Case("\(name) (rule 6)") { bench in
            let (parent, child) = (NewJob(kind: "work"), NewJob(kind: "work"))
            try await bench.add(parent)
            try await bench.run(parent.id, end)
            let answer = try await bench.add([child], edges: [.from(parent, to: child, condition)])
            try bench.expect(answer.items, is: [.stored])
            try bench.expect(answer.changes.map(\.to), is: isMet ? [] : [.skipped])
            try await bench.expect(child.id, isMet ? .ready : .skipped)
        }
    }

    static let graphCases: [Case] =
        conditionCases + lateCases + [
            Case("a skipped job skips what waits for its success, and so on down (rule 6, invariant 9)") { bench in
                let jobs = (0..<6).map { _ in NewJob(kind: "work") }
                var edges = (0..<4).map { NewEdge.from(jobs[$0], to: jobs[$0 + 1]) }
                edges.append(.from(jobs[4], to: jobs[5], .always))
                try await bench.add(jobs, edges: edges)
                try await bench.run(jobs[0].id, .failed)
                let states = try await bench.store.snapshots(of: jobs.map(\.id)).map { $0?.state }
                try bench.expect(states, is: [.failed, .skipped, .skipped, .skipped, .skipped, .ready])
            },
            Case("a retry and a release resolve no edge (rule 6)") { bench in
                let (parent, child) = (NewJob(kind: "work"), NewJob(kind: "work"))
                try await bench.add([parent, child], edges: [.from(parent, to: child, .always)])
                try await bench.run(parent.id, .retry())
                try await bench.run(parent.id, .released)
                _ = try await bench.take(parent.id)
                try await bench.crash()
                try await bench.expect(child.id, .waiting)
                try await bench.run(parent.id)
                try await bench.expect(child.id, .ready)
            },
            Case("a job with many parents starts with the last of them, once (invariant 9)") { bench in
                let parents = (0..<20).map { _ in NewJob(kind: "work") }
                let child = NewJob(kind: "child")
                let edges = parents.enumerated().map { NewEdge.from($1, to: child, .always, at: Int32($0)) }
                try await bench.add(parents + [child], edges: edges)
                try bench.expect(try await bench.job(child.id).openEdges, is: 20)
                let ends: [JobEnd] = [.output("1"), .failed, .cancelled, .expired]
                for (number, job) in try await bench.claim().jobs.enumerated() {
                    try await bench.expect(child.id, .waiting)
                    try await bench.settle(job, ends[number % 4])
                    try bench.expect(try await bench.settle(job, ends[number % 4]), is: .already)
                    try bench.expect(try await bench.job(child.id).openEdges, is: 19 - number)
                }
                try await bench.expect(child.id, .ready)
                try bench.expect(try await bench.claim(kinds: ["child"]).jobs.count, is: 1)
                try await bench.expectNothingReady(kinds: ["child"])
            },
            Case("parents that end in one call are all counted (rule 6, invariant 9)") { bench in
                let parents = (0..<50).map { _ in NewJob(kind: "work") }
                let child = NewJob(kind: "child")
                let edges = parents.enumerated().map { NewEdge.from($1, to: child, at: Int32($0)) }
                try await bench.add(parents + [child], edges: edges)
                let items = try await bench.claim().jobs.map {
                    SettleItem(job: $0.id, token: $0.token, end: .succeeded(output: nil), startedAt: bench.time.now)
                }
                let answer = try await bench.store.exchange(Exchange(worker: bench.worker, settle: items))
                try bench.expect(answer.changes.map(\.job), is: [child.id])
                try await bench.expect(child.id, .ready)
            },
            Case("one parent that ends otherwise skips a child of many at once, and the rest changes nothing") {
                bench in
                let parents = (0..<3).map { _ in NewJob(kind: "work") }
                let child = NewJob(kind: "child")
                try await bench.add(
                    parents + [child],
                    edges: parents.enumerated().map { NewEdge.from($1, to: child, at: Int32($0)) }
                )
                try await bench.run(parents[0].id)
                try await bench.run(parents[1].id, .failed)
                try await bench.expect(child.id, .skipped)
                let skipped = try await bench.job(child.id)
                try await bench.run(parents[2].id)
                try bench.expect(try await bench.job(child.id), is: skipped)
            },
            Case("the children of a job become ready in the order of their ids (rule 2)") { bench in
                let parent = NewJob(kind: "work")
                let children = (0..<10).map { _ in NewJob(kind: "work") }
                try await bench.add([parent] + children.reversed(), edges: children.map { .from(parent, to: $0) })
                try await bench.run(parent.id)
                try bench.expect(try await bench.claim().jobs.map(\.id), is: children.map(\.id))
            },
            Case("children are skipped by the first parent that breaks an edge, in the order of the parents (rule 2)") {
                bench in
                let parents = (0..<2).map { _ in NewJob(kind: "work") }
                let (late, early) = (NewJob(kind: "child"), NewJob(kind: "child"))
                let (behindLate, behindEarly) = (NewJob(kind: "end"), NewJob(kind: "end"))
                try await bench.add(
                    parents + [late, early, behindLate, behindEarly],
                    edges: [
                        .from(parents[0], to: early, .failure), .from(parents[1], to: early, at: 1),
                        .from(parents[1], to: late, .failure), .from(late, to: behindLate, .always),
                        .from(early, to: behindEarly, .always),
                    ]
                )
                let items = try await bench.claim().jobs.map {
                    SettleItem(job: $0.id, token: $0.token, end: .output("1"), startedAt: bench.time.now)
                }
                _ = try await bench.store.settle(items, for: bench.worker)
                let ready = try await bench.claim(kinds: ["end"]).jobs.map(\.id)
                try bench.expect(ready, is: [behindEarly.id, behindLate.id])
            },
            Case("two edges from one parent to one child are both counted") { bench in
                let (parent, child) = (NewJob(kind: "work"), NewJob(kind: "work"))
                let edges = [
                    NewEdge.from(parent, to: child, at: 0, value: true),
                    .from(parent, to: child, .always, at: 1, value: true),
                ]
                try await bench.add([parent, child], edges: edges)
                try bench.expect(try await bench.job(child.id).openEdges, is: 2)
                try await bench.run(parent.id, .output("1"))
                try await bench.expect(child.id, .ready)
                let inputs = try await bench.store.inputs(of: child.id, from: 0, limit: 10)
                try bench.expect(inputs.map(\.position), is: [0, 1])
            },
            Case("a child's delay counts from its last parent's end") { bench in
                let parents = (0..<2).map { _ in NewJob(kind: "work") }
                let child = NewJob(kind: "work", start: .after(.seconds(10)))
                let edges = parents.enumerated().map { NewEdge.from($1, to: child, at: Int32($0)) }
                try await bench.add(parents + [child], edges: edges)
                try await bench.run(parents[0].id)
                try await bench.pass(.seconds(20))
                try await bench.run(parents[1].id)
                try await bench.expect(child.id, .scheduled)
                try bench.expect(try await bench.job(child.id).dueAt, is: bench.time.now + .seconds(10))
                try await bench.pass(.seconds(10))
                try await bench.run(child.id)
            },
            Case("a child's moment is absolute") { bench in
                let (parent, child) = (
                    NewJob(kind: "work"), NewJob(kind: "work", start: .at(bench.time.now + .seconds(10)))
                )
                try await bench.add([parent, child], edges: [.from(parent, to: child)])
                try await bench.pass(.seconds(9))
                try await bench.run(parent.id)
                try await bench.expect(child.id, .scheduled)
                try await bench.pass(.seconds(1))
                try await bench.run(child.id)
            },
            Case("a child is given its place when its last parent ends (rule 2)") { bench in
                let (parent, child) = (NewJob(kind: "work"), NewJob(kind: "work"))
                try await bench.add([parent, child], edges: [.from(parent, to: child)])
                let between = try await bench.add()
                try await bench.run(parent.id)
                try bench.expect(try await bench.claim().jobs.map(\.id), is: [between, child.id])
            },
            Case("a chord in a chord, and a chain behind it, run in order") { bench in
                let jobs = (0..<7).map { _ in NewJob(kind: "work") }
                // 0 and 1 into 2; 2 and 3 into 4; 4, then 5, and 6 if 4 fails.
                let edges: [NewEdge] = [
                    .from(jobs[0], to: jobs[2], .always, at: 0), .from(jobs[1], to: jobs[2], .always, at: 1),
                    .from(jobs[2], to: jobs[4], .always, at: 0), .from(jobs[3], to: jobs[4], .always, at: 1),
                    .from(jobs[4], to: jobs[5]), .from(jobs[4], to: jobs[6], .failure),
                ]
                try await bench.add(jobs, edges: edges)
                for number in [0, 1, 3, 2, 4, 5] { try await bench.run(jobs[number].id) }
                try await bench.expect(jobs[6].id, .skipped)
            },
            Case("a job in a graph is claimed with its graph and whether it has inputs") { bench in
                let graph = JobID()
                let parent = NewJob(kind: "work", graph: graph)
                let (with, without) = (NewJob(kind: "work", graph: graph), NewJob(kind: "work", graph: graph))
                try await bench.add(
                    [parent, with, without],
                    edges: [.from(parent, to: with, value: true), .from(parent, to: without)]
                )
                let first = try await bench.take(parent.id)
                try bench.expect(first.graph, is: graph)
                try bench.expect(first.hasInputs, is: false)
                try await bench.settle(first, .output("1"))
                try bench.expect(try await bench.claim().jobs.map(\.hasInputs), is: [true, false])
            },
            Case("a child is given what its parents left, by position and by pages") { bench in
                let parents = (0..<5).map { _ in NewJob(kind: "work") }
                let child = NewJob(kind: "child")
                let edges = parents.enumerated().map {
                    NewEdge.from($1, to: child, .always, at: Int32($0 * 10), value: $0 != 3)
                }
                try await bench.add(parents + [child], edges: edges.reversed())
                for (number, parent) in parents.enumerated() {
                    try await bench.run(parent.id, number == 1 ? .failed : .output("\(number)"))
                }
                let all = try await bench.store.inputs(of: child.id, from: 0, limit: 100)
                try bench.expect(all.map(\.position), is: [0, 10, 20, 40])
                try bench.expect(all.map(\.parent), is: [0, 1, 2, 4].map { parents[$0].id })
                let outputs = ["0", nil, "2", "4"].map { $0.map { Data($0.utf8) } }
                try bench.expect(all.map { $0.outcome?.output }, is: outputs)
                try bench.expect(all.map { $0.outcome?.failure }, is: [nil, .test, nil, nil])
                try bench.expect(all.map { $0.outcome?.state }, is: [.succeeded, .failed, .succeeded, .succeeded])
                let page = try await bench.store.inputs(of: child.id, from: 1, limit: 2)
                try bench.expect(page, is: Array(all[1...2]))
                try bench.expect(try await bench.store.inputs(of: child.id, from: 41, limit: 2), is: [])
            },
            Case("inputs are kept for an operator's retry, and gone once their job succeeded") { bench in
                let (parent, child) = (NewJob(kind: "work"), NewJob(kind: "work"))
                try await bench.add([parent, child], edges: [.from(parent, to: child, value: true)])
                try await bench.run(parent.id, .output("1"))
                try await bench.run(child.id, .failed)
                try bench.expect(try await bench.store.inputs(of: child.id, from: 0, limit: 10).count, is: 1)
                try await bench.perform(.retry(child.id))
                try bench.expect(try await bench.store.inputs(of: child.id, from: 0, limit: 10).count, is: 1)
                try await bench.run(child.id)
                try bench.expect(try await bench.store.inputs(of: child.id, from: 0, limit: 10), is: [])
            },
            Case("a job without inputs, or an unknown one, has none") { bench in
                let id = try await bench.add()
                try bench.expect(try await bench.store.inputs(of: id, from: 0, limit: 10), is: [])
                try bench.expect(try await bench.store.inputs(of: JobID(), from: 0, limit: 10), is: [])
            },
        ]
}
