import RoostCore

extension StoreConformance {
    static let laneCases: [Case] = [
        Case("jobs of one priority are claimed in the order of enqueueing (rules 1, 2)") { bench in
            var ids: [JobID] = []
            for _ in 0..<20 { ids.append(try await bench.add()) }
            var claimed: [JobID] = []
            for _ in 0..<4 { claimed += try await bench.claim(5).jobs.map(\.id) }
            try bench.expect(claimed, is: ids)
        },
        Case("the order is that of becoming ready, not of the ids (rule 2)") { bench in
            let (early, late) = (NewJob(kind: "work"), NewJob(kind: "work"))
            try await bench.add(late)
            try await bench.add(early)
            try bench.expect(try await bench.claim().jobs.map(\.id), is: [late.id, early.id])
        },
        Case("higher priorities go first, over the whole range of Int32 (rule 1)") { bench in
            let priorities: [Int32] = [0, .min, 5, .max, -1, 1, .max - 1, .min + 1]
            try await bench.add(priorities.map { NewJob(kind: "work", priority: $0) })
            let claimed = try await bench.claim().jobs.map(\.priority)
            try bench.expect(claimed, is: priorities.sorted(by: >))
        },
        Case("many different priorities keep their order (rule 1)") { bench in
            let jobs = (0..<200).map { NewJob(kind: "work", priority: Int32($0 * 7 % 50)) }
            try await bench.add(jobs)
            let expected = jobs.enumerated()
                .sorted { ($1.element.priority, $0.offset) < ($0.element.priority, $1.offset) }.map(\.element.id)
            var claimed: [JobID] = []
            for _ in 0..<20 { claimed += try await bench.claim(10).jobs.map(\.id) }
            try bench.expect(claimed, is: expected)
        },
        Case("lower ranks go first within a priority (rule 1)") { bench in
            let ranks: [Int64] = [3, 0, .max, -5, .min, 3]
            let jobs = ranks.map { NewJob(kind: "work", rank: $0) } + [NewJob(kind: "work", priority: 1, rank: 9)]
            try await bench.add(jobs)
            let claimed = try await bench.claim().jobs.map(\.id)
            try bench.expect(claimed, is: [6, 4, 3, 1, 0, 5, 2].map { jobs[$0].id })
        },
        Case("a later job of higher priority overtakes (rule 1)") { bench in
            let low = try await bench.addMany(3)
            try await bench.run(low[0])
            let high = try await bench.add(NewJob(kind: "work", priority: 1))
            try bench.expect(try await bench.claim().jobs.map(\.id), is: [high, low[1], low[2]])
        },
        Case("a claim merges kinds by priority and then order (rule 1)") { bench in
            let jobs = [("a", 0), ("b", 0), ("c", 5), ("a", 5), ("b", 9), ("a", 0), ("c", 0)]
                .map { NewJob(kind: $0.0, priority: Int32($0.1)) }
            try await bench.add(jobs)
            let claimed = try await bench.claim(kinds: ["c", "a", "b"]).jobs.map(\.id)
            try bench.expect(claimed, is: [4, 2, 3, 0, 1, 5, 6].map { jobs[$0].id })
        },
        Case("queues are served in the order given, priorities hold within one (rule 1)") { bench in
            let jobs = [("a", 9), ("b", 0), ("a", 0), ("b", 1)]
                .map { NewJob(kind: "work", queue: $0.0, priority: Int32($0.1)) }
            try await bench.add(jobs)
            let claimed = try await bench.claim(3, queues: ["b", "a"]).jobs.map(\.id)
            try bench.expect(claimed, is: [3, 1, 0].map { jobs[$0].id })
        },
        Case("a queue that is not named is left alone (rule 1)") { bench in
            let other = try await bench.add(NewJob(kind: "work", queue: "other"))
            try await bench.expectNothingReady()
            try await bench.expect(other, .ready)
        },
        Case("a kind that is not named is never claimed and never lost (rule 1, invariant 0)") { bench in
            let unknown = try await bench.addMany(50, kind: "unknown")
            let id = try await bench.add()
            try bench.expect(try await bench.claim().jobs.map(\.id), is: [id])
            try await bench.expect(unknown[49], .ready)
            try bench.expect(try await bench.claim(kinds: ["unknown"]).jobs.map(\.id), is: unknown)
        },
        Case("a claim without kinds, or without queues, or with a limit of zero gets nothing") { bench in
            try await bench.add()
            try bench.expect(try await bench.claim(kinds: []).token, is: nil)
            try bench.expect(try await bench.claim(queues: []).token, is: nil)
            try bench.expect(try await bench.claim(0).token, is: nil)
            try bench.expect(try await bench.claim().jobs.count, is: 1)
        },
        Case("kinds and queues that are named twice count once") { bench in
            let ids = try await bench.addMany(3)
            let claim = try await bench.claim(queues: ["default", "default"], kinds: ["work", "work"])
            try bench.expect(claim.jobs.map(\.id), is: ids)
        },
        Case("a claim takes no more than its limit") { bench in
            let ids = try await bench.addMany(10)
            try bench.expect(try await bench.claim(4).jobs.map(\.id), is: Array(ids[..<4]))
            try bench.expect(try await bench.claim(100).jobs.map(\.id), is: Array(ids[4...]))
        },
        Case("two hundred kinds and queues live side by side") { bench in
            let jobs = (0..<200).map { NewJob(kind: "kind\($0)", queue: "queue\($0 % 10)") }
            try await bench.add(jobs)
            let kinds = (0..<200).reversed().map { "kind\($0)" }
            let queues = (0..<10).map { "queue\($0)" }
            let claimed = try await bench.claim(1000, queues: queues, kinds: kinds).jobs.map(\.id)
            let expected = queues.flatMap { queue in jobs.filter { $0.queue == queue }.map(\.id) }
            try bench.expect(claimed, is: expected)
        },
        Case("a paused queue, kind or lane is left out, and the rest is not (rule 1)") { bench in
            func fill() async throws {
                for queue in ["a", "b"] {
                    try await bench.add(["x", "y"].map { NewJob(kind: $0, queue: queue) })
                }
            }
            func claimed() async throws -> [String] {
                try await bench.claim(queues: ["a", "b"], kinds: ["x", "y"]).jobs.map { $0.queue + $0.kind }
            }
            try await fill()
            try bench.expect(try await bench.perform(.pause(queue: "a", kind: nil)), is: .done)
            try bench.expect(try await claimed(), is: ["bx", "by"])
            try await fill()
            try bench.expect(try await bench.perform(.resume(queue: "a", kind: nil)), is: .done)
            try bench.expect(try await bench.perform(.pause(queue: nil, kind: "y")), is: .done)
            try bench.expect(try await claimed(), is: ["ax", "ax", "bx"])
            try bench.expect(try await bench.perform(.resume(queue: nil, kind: "y")), is: .done)
            try bench.expect(try await bench.perform(.pause(queue: "a", kind: "y")), is: .done)
            try bench.expect(try await claimed(), is: ["by"])
            try bench.expect(try await bench.perform(.resume(queue: "a", kind: "y")), is: .done)
            try bench.expect(try await claimed(), is: ["ay", "ay"])
        },
        Case("a pause holds for lanes that come later, and one pause does not lift another (rule 1)") { bench in
            try await bench.perform(.pause(queue: "later", kind: nil))
            try await bench.perform(.pause(queue: nil, kind: "work"))
            try await bench.add(NewJob(kind: "work", queue: "later"))
            try await bench.perform(.resume(queue: "later", kind: nil))
            try bench.expect(try await bench.claim(queues: ["later"]).jobs.count, is: 0)
            try await bench.perform(.resume(queue: nil, kind: "work"))
            try bench.expect(try await bench.claim(queues: ["later"]).jobs.count, is: 1)
        },
        Case("jobs that run go on while their queue is paused") { bench in
            let id = try await bench.add()
            let job = try await bench.take()
            try await bench.perform(.pause(queue: "default", kind: nil))
            try bench.expect(try await bench.settle(job), is: .applied)
            try await bench.expect(id, .succeeded)
        },
    ]
}
