import RoostCore

extension StoreConformance {
    static let leaseCases: [Case] = [
        Case("each claim has a token of its own, and tokens rise (rule 3)") { bench in
            _ = try await bench.addMany(6)
            var tokens: [LeaseToken] = []
            for _ in 0..<3 {
                let claim = try await bench.claim(2)
                let token = try bench.require(claim.token, "token")
                try bench.expect(claim.jobs.map(\.token), is: [token, token])
                tokens.append(token)
            }
            try bench.expect(Set(tokens).count, is: 3)
            try bench.expect(tokens, is: tokens.sorted())
        },
        Case("a claim of nothing has no token (rule 3)") { bench in
            try bench.expect(try await bench.claim(), is: Claim())
        },
        Case("a job is in one worker's hands at a time (invariant 1)") { bench in
            _ = try await bench.addMany(100)
            let other = try await bench.store.register(WorkerRegistration(name: "other"))
            var seen: [JobID] = []
            for round in 0..<30 {
                seen += try await bench.claim(4, as: round % 2 == 0 ? bench.worker : other).jobs.map(\.id)
            }
            try bench.expect(seen.count, is: 100)
            try bench.expect(Set(seen).count, is: 100)
        },
        Case("a store that takes several exchanges at once says which claims follow another worker's") { bench in
            guard bench.store.exchangesAtOnce > 1 else { return }
            _ = try await bench.addMany(5)
            let other = try await bench.store.register(WorkerRegistration(name: "other"))
            var told: [Bool] = []
            for worker in [bench.worker, bench.worker, other, bench.worker] {
                told.append(try await bench.claim(1, as: worker).followsOther)
                // One that brings nothing does not count.
                _ = try await bench.claim(1, kinds: ["none"], as: other)
            }
            try bench.expect(told, is: [false, false, true, true])
        },
        Case("workers that claim at the same time share the jobs and lose none (invariants 0, 1)") { bench in
            let ids = try await bench.addMany(400)
            let claimed = try await withThrowingTaskGroup(of: [JobID].self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let worker = try await bench.store.register(WorkerRegistration(name: "w\(number)"))
                        var mine: [JobID] = []
                        while true {
                            let claim = try await bench.claim(7, as: worker)
                            if claim.jobs.isEmpty { return mine }
                            let items = claim.jobs.map {
                                SettleItem(
                                    job: $0.id,
                                    token: $0.token,
                                    end: .succeeded(output: nil),
                                    startedAt: bench.time.now
                                )
                            }
                            let answers = try await bench.store.settle(items, for: worker)
                            try bench.expect(answers.allSatisfy { $0 == .applied }, "\(answers)")
                            mine += claim.jobs.map(\.id)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            try bench.expect(claimed.sorted(), is: ids.sorted())
        },
        Case("a job that runs shows who holds it") { bench in
            let job = try await bench.take(try await bench.add())
            let running = try await bench.job(job.id)
            try bench.expect(running.state, is: .running)
            try bench.expect(running.token, is: job.token)
            try bench.expect(running.worker, is: bench.worker)
            try await bench.settle(job)
            let ended = try await bench.job(job.id)
            try bench.expect(ended.token, is: nil)
            try bench.expect(ended.worker, is: nil)
        },
        Case("a lease ends at its time and not before; then the job is taken back (invariants 1, 5)") { bench in
            let id = try await bench.add()
            _ = try await bench.take(id)
            bench.time.advance(by: .seconds(30) - .microseconds(1))
            try bench.expect(try await bench.store.reclaim(), is: Advance())
            try await bench.expect(id, .running)
            bench.time.advance(by: .microseconds(1))
            let step = try await bench.store.reclaim()
            try bench.expect(step.hasMore, is: false)
            try bench.expect(step.changes.map(\.job), is: [id])
            try bench.expect(step.changes.map(\.to), is: [.ready])
            try bench.expect(step.changes.map(\.reason), is: [.crashed])
            try await bench.expect(id, .ready)
        },
        Case("a lease that is extended holds from then on (rule 3)") { bench in
            let job = try await bench.take(try await bench.add())
            for _ in 0..<5 {
                bench.time.advance(by: .seconds(20))
                let answer = try await bench.store.extend([job.token], of: bench.worker, by: .seconds(30))
                try bench.expect(answer, is: LeaseExtension())
                _ = try await bench.store.reclaim()
            }
            try bench.expect(try await bench.settle(job), is: .applied)
        },
        Case("the length of a lease is that of its claim, then that of its extension (rule 3)") { bench in
            let id = try await bench.add()
            let token = try bench.require(try await bench.claim(lease: .seconds(5)).token, "token")
            bench.time.advance(by: .seconds(4))
            _ = try await bench.store.extend([token], of: bench.worker, by: .seconds(2))
            bench.time.advance(by: .seconds(1))
            _ = try await bench.store.reclaim()
            try await bench.expect(id, .running)
            bench.time.advance(by: .seconds(1))
            _ = try await bench.store.reclaim()
            try await bench.expect(id, .ready)
        },
        Case("a lease that ended, of another worker or of nobody, cannot be extended (rule 3)") { bench in
            _ = try await bench.addMany(2)
            let ended = try await bench.take()
            bench.time.advance(by: .seconds(30))
            let held = try await bench.take()
            let other = try await bench.store.register(WorkerRegistration(name: "other"))
            let unknown = LeaseToken(held.token.number + 1000)
            let mine = try await bench.store.extend(
                [ended.token, held.token, unknown],
                of: bench.worker,
                by: .seconds(30)
            )
            try bench.expect(mine.lost, is: [ended.token, unknown])
            let others = try await bench.store.extend([held.token], of: other, by: .seconds(30))
            try bench.expect(others.lost, is: [held.token])
        },
        Case("an extension that is refused does not bring the lease back (invariant 1)") { bench in
            let id = try await bench.add()
            let job = try await bench.take(id)
            bench.time.advance(by: .seconds(30))
            _ = try await bench.store.extend([job.token], of: bench.worker, by: .seconds(30))
            _ = try await bench.store.reclaim()
            try await bench.expect(id, .ready)
            let answer = try await bench.store.extend([job.token], of: bench.worker, by: .seconds(30))
            try bench.expect(answer.lost, is: [job.token])
        },
        Case("a claim whose reply was lost ends by itself (rule 3)") { bench in
            let lost = try await bench.add()
            _ = try await bench.claim()
            _ = try await bench.add()
            let kept = try await bench.take()
            bench.time.advance(by: .seconds(20))
            _ = try await bench.store.extend([kept.token], of: bench.worker, by: .seconds(30))
            bench.time.advance(by: .seconds(10))
            _ = try await bench.store.reclaim()
            try await bench.expect(lost, .ready)
            try await bench.expect(kept.id, .running)
        },
        Case("a lease stands until its last job is settled (rule 3)") { bench in
            _ = try await bench.addMany(3)
            let claim = try await bench.claim()
            let token = try bench.require(claim.token, "token")
            for job in claim.jobs.dropLast() { try await bench.settle(job) }
            bench.time.advance(by: .seconds(20))
            try bench.expect(try await bench.store.extend([token], of: bench.worker, by: .seconds(30)).lost, is: [])
            bench.time.advance(by: .seconds(20))
            try bench.expect(try await bench.store.reclaim(), is: Advance())
            bench.time.advance(by: .seconds(10))
            try bench.expect(try await bench.store.reclaim().changes.map(\.job), is: [claim.jobs[2].id])
        },
        Case("reclaim() goes in bounded steps (rule 6)") { bench in
            _ = try await bench.addMany(2500)
            _ = try await bench.claim(1200)
            _ = try await bench.claim(1300)
            bench.time.advance(by: .seconds(30))
            var sizes: [Int] = []
            var hasMore = true
            while hasMore, sizes.count < 10 {
                let step = try await bench.store.reclaim()
                sizes.append(step.changes.count)
                hasMore = step.hasMore
            }
            try bench.expect(sizes.reduce(0, +), is: 2500)
            try bench.expect(sizes.allSatisfy { $0 <= StoreLimits.jobsAStep }, "steps of \(sizes)")
            try bench.expect(try await bench.store.counts().map(\.byState), is: [[.ready: 2500]])
        },
        Case("a worker that retires gives back all it holds, uncharged and in place (rule 4, invariant 10)") { bench in
            let ids = try await bench.addMany(4)
            _ = try await bench.claim(1)
            let second = try await bench.claim(2)
            let other = try await bench.store.register(WorkerRegistration(name: "other"))
            let changes = try await bench.store.retire(bench.worker)
            try bench.expect(changes.map(\.job).sorted(), is: Array(ids[..<3]))
            try bench.expect(changes.allSatisfy { $0.from == .running && $0.to == .ready }, "\(changes)")
            try bench.expect(try await bench.settle(second.jobs[0]), is: .stale)
            try bench.expect(try await bench.store.workers().map(\.id), is: [other])
            let again = try await bench.claim(as: other)
            try bench.expect(again.jobs.map(\.id), is: ids)
            try bench.expect(again.jobs.map(\.attempt), is: [0, 0, 0, 0])
            try bench.expect(again.jobs.map(\.claims), is: [2, 2, 2, 1])
        },
        Case("retiring one worker leaves the jobs of others alone (invariant 10)") { bench in
            let other = try await bench.store.register(WorkerRegistration(name: "other"))
            let job = try await bench.take(try await bench.add())
            try bench.expect(try await bench.store.retire(other), is: [])
            try bench.expect(try await bench.settle(job), is: .applied)
        },
        Case("workers are known with what they told and when they were last heard") { bench in
            let told = WorkerRegistration(
                name: "w",
                host: "h",
                process: 42,
                version: "1.2",
                kinds: ["a", "b"],
                queues: ["q"],
                slots: 8
            )
            let id = try await bench.store.register(told)
            let start = bench.time.now
            bench.time.advance(by: .seconds(5))
            _ = try await bench.store.extend([], of: id, by: .seconds(30))
            let known = try bench.require(try await bench.store.workers().first { $0.id == id }, "worker")
            try bench.expect(known.registration, is: told)
            try bench.expect(known.startedAt, is: start)
            try bench.expect(known.heartbeatAt, is: bench.time.now)
        },
    ]
}
