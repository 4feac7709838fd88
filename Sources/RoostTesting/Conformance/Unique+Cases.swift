import RoostCore

extension StoreConformance {
    static let uniqueCases: [Case] = [
        Case("a job whose unique key is held is not stored, and its holder is named (rule 8, invariant 6)") { bench in
            let first = try await bench.add(.unique())
            let second = NewJob.unique()
            try bench.expect(try await bench.add([second]).items, is: [.duplicate(of: first)])
            try bench.expect(try await bench.store.snapshots(of: [second.id]), is: [nil])
            try bench.expect(try await bench.claim().jobs.map(\.id), is: [first])
        },
        Case("the holder itself, sent again, is no duplicate (rules 7, 8)") { bench in
            let job = NewJob.unique()
            try await bench.add(job)
            try bench.expect(try await bench.add([job]).items, is: [.stored])
        },
        Case("a job that is there and is sent again is no duplicate, whoever has its key by now (rules 7, 8)") {
            bench in
            let job = NewJob.unique()
            try await bench.add(job)
            try await bench.run(job.id)
            try await bench.add(.unique())
            try bench.expect(try await bench.add([job]).items, is: [.stored])
            try await bench.expect(job.id, .succeeded)
        },
        Case("different keys do not meet (rule 8)") { bench in
            let answer = try await bench.add([.unique("a"), .unique("A"), .unique("a "), NewJob(kind: "work")])
            try bench.expect(answer.items, is: [.stored, .stored, .stored, .stored])
        },
        Case("of two jobs of one key in a batch the first holds it (rule 8, invariant 6)") { bench in
            let jobs = [NewJob.unique(), .unique("other"), .unique()]
            let answer = try await bench.add(jobs)
            try bench.expect(answer.items, is: [.stored, .stored, .duplicate(of: jobs[0].id)])
            try bench.expect(try await bench.claim().jobs.count, is: 2)
        },
        Case("a key is held in every state before the end: scheduled, ready, running, tried again (rule 8)") { bench in
            let id = try await bench.add(.unique(start: .after(.seconds(1))))
            func expectHeld() async throws {
                try bench.expect(try await bench.add([.unique()]).items, is: [.duplicate(of: id)])
            }
            try await expectHeld()
            try await bench.pass(.seconds(1))
            try await expectHeld()
            let job = try await bench.take(id)
            try await expectHeld()
            try await bench.settle(job, .retry(after: .seconds(5)))
            try await expectHeld()
            try await bench.pass(.seconds(5))
            _ = try await bench.take(id)
            try await bench.crash()
            try await expectHeld()
        },
        Case("a waiting job holds its key (rule 8)") { bench in
            let (parent, child) = (NewJob(kind: "work"), NewJob.unique())
            try await bench.add([parent, child], edges: [.from(parent, to: child)])
            try bench.expect(try await bench.add([.unique()]).items, is: [.duplicate(of: child.id)])
        },
        Case("a key is free after the end of its job, whatever the end (rule 8)") { bench in
            for end in [JobEnd.output("1"), .failed, .cancelled, .expired] {
                let id = try await bench.add(.unique())
                try await bench.run(id, end)
            }
            let last = try await bench.add(.unique())
            try await bench.perform(.cancel(last))
            try await bench.add(.unique())
        },
        Case("a key counts in the states that its job named, and in no other (rule 8)") { bench in
            let first = try await bench.add(.unique(states: [.ready, .failed]))
            try bench.expect(try await bench.add([.unique()]).items, is: [.duplicate(of: first)])
            let job = try await bench.take(first)
            let second = try await bench.add(.unique(states: [.ready, .failed]))
            try await bench.settle(job, .failed)
            // The key is the second one's now, however the first ended.
            try await bench.run(second, .failed)
            try bench.expect(try await bench.add([.unique()]).items, is: [.duplicate(of: second)])
        },
        Case("a key with a period counts until it is over, also after a success (rule 8)") { bench in
            let states = JobState.unfinished.union([.succeeded])
            let id = try await bench.add(.unique(period: .seconds(100), states: states))
            bench.time.advance(by: .seconds(40))
            try await bench.run(id)
            bench.time.advance(by: .seconds(60) - .microseconds(1))
            try bench.expect(try await bench.add([.unique()]).items, is: [.duplicate(of: id)])
            bench.time.advance(by: .microseconds(1))
            try await bench.add(.unique())
        },
        Case("a period frees the key of a job that still runs (rule 8)") { bench in
            let id = try await bench.add(.unique(period: .seconds(10)))
            let job = try await bench.take(id)
            bench.time.advance(by: .seconds(10))
            let second = try await bench.add(.unique(period: .seconds(10)))
            try bench.expect(try await bench.settle(job), is: .applied)
            try bench.expect(try await bench.add([.unique()]).items, is: [.duplicate(of: second)])
        },
        Case("a period outlives its job's retention (rule 8)") { bench in
            let states = JobState.unfinished.union([.succeeded])
            var job = NewJob.unique(period: .hours(2), states: states)
            job.retention = .seconds(1)
            try await bench.add(job)
            try await bench.run(job.id)
            bench.time.advance(by: .hours(1))
            try bench.expect(try await bench.store.prune(), is: 1)
            try bench.expect(try await bench.add([.unique()]).items, is: [.duplicate(of: job.id)])
            bench.time.advance(by: .hours(1))
            _ = try await bench.store.prune()
            try await bench.add(.unique())
        },
        Case("who deletes a job frees its key (rule 8)") { bench in
            let id = try await bench.add(.unique(period: .hours(2), states: [.succeeded]))
            try await bench.run(id)
            try bench.expect(try await bench.perform(.delete(id)), is: .done)
            try await bench.add(.unique())
        },
        Case("edges that name a duplicate as the parent mean the holder (rule 8)") { bench in
            let holder = try await bench.add(.unique())
            let (parent, child) = (NewJob.unique(), NewJob(kind: "child"))
            let answer = try await bench.add([parent, child], edges: [.from(parent, to: child, value: true)])
            try bench.expect(answer.items, is: [.duplicate(of: holder), .stored])
            try await bench.expect(child.id, .waiting)
            try await bench.run(holder, .output("1"))
            try await bench.expect(child.id, .ready)
            let inputs = try await bench.store.inputs(of: child.id, from: 0, limit: 10)
            try bench.expect(inputs.map(\.parent), is: [holder])
        },
        Case("a holder that was pruned counts as it ended, while its period lasts (rule 8)") { bench in
            for end in [JobEnd.output("1"), .cancelled] {
                var holder = NewJob.unique("\(end)", period: .hours(1), states: Set(JobState.allCases))
                holder.retention = .zero
                try await bench.add(holder)
                try await bench.run(holder.id, end)
                bench.time.advance(by: .seconds(1))
                try bench.expect(try await bench.store.prune(), is: 1)
                let (parent, child) = (NewJob.unique("\(end)"), NewJob(kind: "child"))
                let answer = try await bench.add([parent, child], edges: [.from(parent, to: child)])
                try bench.expect(answer.items, is: [.duplicate(of: holder.id), .stored])
                try await bench.expect(child.id, end == .cancelled ? .skipped : .ready)
            }
        },
        Case("edges that name a duplicate as the child are dropped (rule 8)") { bench in
            let holder = try await bench.add(.unique())
            let (parent, child, last) = (NewJob(kind: "work"), NewJob.unique(), NewJob(kind: "last"))
            let edges = [NewEdge.from(parent, to: child), .from(child, to: last)]
            try await bench.add([parent, child, last], edges: edges)
            try await bench.expect(holder, .ready)
            try await bench.run(holder)
            try await bench.expect(last.id, .ready)
            try await bench.run(parent.id)
        },
        Case("jobs that would wait for themselves by way of a holder are refused (rule 8)") { bench in
            let (first, second) = (NewJob.unique(), NewJob.unique())
            try await bench.expectError(.rejected) {
                try await bench.add([first, second], edges: [.from(second, to: first)])
            }
            try await bench.add(.unique())
        },
        Case("an operator's retry takes the key again, or is refused while another holds it (rule 8, invariant 6)") {
            bench in
            let first = try await bench.add(.unique())
            try await bench.run(first, .failed)
            let second = try await bench.add(.unique())
            try bench.expect(try await bench.perform(.retry(first)), is: .duplicate(of: second))
            try await bench.expect(first, .failed)
            try await bench.run(second)
            try bench.expect(try await bench.perform(.retry(first)), is: .done)
            try bench.expect(try await bench.add([.unique()]).items, is: [.duplicate(of: first)])
        },
        Case("of producers that race for a key one gets it (rule 8, invariant 6)") { bench in
            let answers = try await withThrowingTaskGroup(of: EnqueueAnswer.Item?.self) { group in
                for _ in 0..<20 { group.addTask { try await bench.add([.unique()]).items.first } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try bench.expect(answers.filter { $0 == .stored }.count, is: 1)
            try bench.expect(try await bench.claim().jobs.count, is: 1)
        },
    ]
}

extension NewJob {
    /// A job with a unique key.
    static func unique(
        _ key: String = "key",
        period: Duration? = nil,
        states: Set<JobState> = JobState.unfinished,
        start: JobOptions.Start = .now
    ) -> NewJob {
        NewJob(kind: "work", start: start, unique: UniqueKey(key: key, period: period, states: states))
    }
}
