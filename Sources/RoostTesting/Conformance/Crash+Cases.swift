import RoostCore

extension StoreConformance {
    static let crashCases: [Case] = [
        Case("a crash is charged, and the job goes to the end of its line (rules 2, 9)") { bench in
            let ids = try await bench.addMany(2)
            _ = try await bench.take(ids[0])
            try await bench.crash()
            let jobs = try await bench.claim().jobs
            try bench.expect(jobs.map(\.id), is: [ids[1], ids[0]])
            try bench.expect(jobs[1].attempt, is: 1)
            try bench.expect(jobs[1].crashes, is: 1)
            try bench.expect(jobs[1].failures, is: 0)
            try bench.expect(jobs[1].isSolo, is: false)
        },
        Case("from the second crash on a job is handed out alone (rule 9)") { bench in
            let suspect = try await bench.crashed(2)
            let other = try await bench.add()
            let claim = try await bench.claim()
            try bench.expect(claim.jobs.map(\.id), is: [suspect])
            try bench.expect(claim.jobs.map(\.isSolo), is: [true])
            try bench.expect(try await bench.claim().jobs.map(\.id), is: [other])
        },
        Case("a claim that has jobs already ends before one that must run alone (rules 1, 9)") { bench in
            let suspect = try await bench.crashed(2)
            let ahead = try await bench.add(NewJob(kind: "work", priority: 1))
            let behind = try await bench.add()
            try bench.expect(try await bench.claim().jobs.map(\.id), is: [ahead])
            try bench.expect(try await bench.claim().jobs.map(\.id), is: [suspect])
            try bench.expect(try await bench.claim().jobs.map(\.id), is: [behind])
        },
        Case("two jobs that must run alone come one a claim (rule 9)") { bench in
            let first = try await bench.crashed(2)
            let second = try await bench.crashed(2)
            let claims = [try await bench.claim(), try await bench.claim(), try await bench.claim()]
            try bench.expect(Set(claims.flatMap { $0.jobs.map(\.id) }), is: [first, second])
            try bench.expect(claims.map(\.jobs.count), is: [1, 1, 0])
        },
        Case("a claim that allows none alone leaves such jobs out and takes the others (rule 9)") { bench in
            let suspect = try await bench.crashed(2)
            let other = try await bench.add()
            try bench.expect(try await bench.claim(allowsSolo: false).jobs.map(\.id), is: [other])
            try await bench.expect(suspect, .ready)
            try bench.expect(try await bench.claim().jobs.map(\.id), is: [suspect])
        },
        Case("a job that must run alone is left out where none may, even to be told that it is revoked (rules 5, 9)") {
            bench in
            let suspect = try await bench.crashed(2)
            try await bench.perform(.revoke(.job(suspect), once: false, until: nil))
            try bench.expect(try await bench.claim(allowsSolo: false).jobs.map(\.id), is: [])
            try bench.expect(try await bench.take(suspect).verdict, is: .revoked)
        },
        Case("a crash of a run that was alone sets the job aside as poison (rule 9)") { bench in
            let suspect = try await bench.crashed(2)
            let job = try await bench.take(suspect)
            try bench.expect(job.isSolo, is: true)
            try await bench.crash()
            let poison = try await bench.take(suspect)
            try bench.expect(poison.verdict, is: .poison)
            try bench.expect(poison.crashes, is: 3)
            try bench.expect(poison.isSolo, is: false)
            let failure = FailureRecord(reason: .poison, message: "set aside")
            try await bench.settle(poison, .failed(failure), started: false)
            let ended = try await bench.job(suspect)
            try bench.expect(ended.state, is: .failed)
            try bench.expect(ended.failure?.reason, is: .poison)
            try bench.expect(ended.attempt, is: 3)
        },
        Case("a job that is poison comes together with others, also where none may run alone (rule 9)") { bench in
            let id = try await bench.crashed(2)
            _ = try await bench.take(id)
            try await bench.crash()
            let other = try await bench.add()
            let claim = try await bench.claim(allowsSolo: false)
            try bench.expect(claim.jobs.map(\.id), is: [id, other])
            try bench.expect(claim.jobs.map(\.verdict), is: [.poison, .run])
        },
        Case("a sweep finds poison in lanes that nobody serves (rules 5, 9)") { bench in
            let id = try await bench.crashed(2)
            _ = try await bench.take(id)
            try await bench.crash()
            let claim = try await bench.store.claim(ClaimRequest(endedOnly: 10), for: bench.worker)
            try bench.expect(claim.jobs.map(\.verdict), is: [.poison])
        },
        Case("with one crash allowed, the first is followed by a run alone, whose crash is the last (rule 9)") {
            bench in
            let id = try await bench.crashed(1, maxCrashes: 1)
            let job = try await bench.take(id)
            try bench.expect(job.isSolo, is: true)
            try bench.expect(job.verdict, is: .run)
            try await bench.crash()
            try bench.expect(try await bench.take(id).verdict, is: .poison)
        },
        Case("with two crashes allowed, only a run alone may be the last (rule 9)") { bench in
            let id = try await bench.crashed(2, maxCrashes: 2)
            let job = try await bench.take(id)
            try bench.expect(job.isSolo, is: true)
            try bench.expect(job.verdict, is: .run)
        },
        Case("with five crashes allowed, runs alone go on until the fifth (rule 9)") { bench in
            let id = try await bench.crashed(4, maxCrashes: 5)
            try bench.expect(try await bench.take(id).verdict, is: .run)
            try await bench.crash()
            try bench.expect(try await bench.take(id).verdict, is: .poison)
        },
        Case("innocent jobs that are in a crash with others are never set aside by it (rule 9)") { bench in
            let ids = try await bench.addMany(5)
            for _ in 0..<2 {
                try bench.expect(try await bench.claim().jobs.count, is: 5)
                try await bench.crash()
            }
            for _ in ids {
                let job = try await bench.take()
                try bench.expect(job.isSolo, is: true)
                try bench.expect(job.verdict, is: .run)
                try await bench.settle(job)
            }
            let states = try await bench.store.snapshots(of: ids).map { $0?.state }
            try bench.expect(states, is: Array(repeating: .succeeded, count: 5))
        },
        Case("a run alone that is given back is handed out alone again (rule 9)") { bench in
            let id = try await bench.crashed(2)
            try await bench.run(id, .released)
            let job = try await bench.take(id)
            try bench.expect(job.isSolo, is: true)
            try bench.expect(job.crashes, is: 2)
        },
        Case("a job that crashed and then returned succeeds as any other (rule 9)") { bench in
            let id = try await bench.crashed(2)
            try await bench.run(id, .output("fine"))
            let job = try await bench.job(id)
            try bench.expect(job.state, is: .succeeded)
            try bench.expect(job.crashes, is: 2)
            try bench.expect(job.attempt, is: 3)
        },
    ]
}

extension StoreBench {
    /// A job that crashed `count` times and is ready.
    func crashed(_ count: Int, maxCrashes: Int = 3) async throws -> JobID {
        let id = try await add(NewJob(kind: "work", maxCrashes: maxCrashes))
        for _ in 0..<count {
            var held: [ClaimedJob] = []
            while true {
                let job = try await take()
                if job.id == id { break }
                held.append(job)
            }
            // Nothing else is to be in the crash.
            for job in held { try await settle(job, .released) }
            try await crash()
        }
        return id
    }
}
