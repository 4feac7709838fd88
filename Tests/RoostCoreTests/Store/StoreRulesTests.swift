import RoostCore
import Testing

@Suite("The rules that all stores share")
struct StoreRulesTests {
    let now = Timestamp(microseconds: 1_000_000_000)

    @Test("poison goes before revoked, revoked before expired")
    func verdicts() {
        func verdict(poison: Bool, revoked: Bool, expires: Timestamp?) -> ClaimedJob.Verdict {
            StoreRules.verdict(isPoison: poison, isRevoked: revoked, expiresAt: expires, now: now)
        }
        #expect(verdict(poison: true, revoked: true, expires: now) == .poison)
        #expect(verdict(poison: false, revoked: true, expires: now) == .revoked)
        #expect(verdict(poison: false, revoked: false, expires: now) == .expired)
        #expect(verdict(poison: false, revoked: false, expires: now + .microseconds(1)) == .run)
        #expect(verdict(poison: false, revoked: false, expires: nil) == .run)
    }

    @Test(
        "a job runs alone from its second crash on, or the first where that is all it may have",
        arguments: [
            (0, 1, false), (1, 1, true), (0, 2, false), (1, 2, false), (2, 2, true), (1, 3, false), (2, 3, true),
            (1, 9, false), (2, 9, true),
        ]
    )
    func solo(crashes: Int, maxCrashes: Int, isAlone: Bool) {
        #expect(StoreRules.runsSolo(crashes: crashes, maxCrashes: maxCrashes) == isAlone)
    }

    @Test("only a crash of a run that was alone sets a job aside, and only the last one allowed")
    func poison() {
        #expect(StoreRules.isPoison(crashes: 3, maxCrashes: 3, wasSolo: true))
        #expect(StoreRules.isPoison(crashes: 4, maxCrashes: 3, wasSolo: true))
        #expect(!StoreRules.isPoison(crashes: 2, maxCrashes: 3, wasSolo: true))
        #expect(!StoreRules.isPoison(crashes: 9, maxCrashes: 3, wasSolo: false))
    }

    @Test("a job that may be poison has been handed out alone before", arguments: 1...10)
    func poisonFollowsSolo(maxCrashes: Int) {
        // Else a job could crash for ever: never alone, and so never set aside.
        #expect(StoreRules.runsSolo(crashes: maxCrashes, maxCrashes: maxCrashes))
    }

    @Test("a key counts in its states, until its period is over")
    func duplicates() {
        func isDuplicate(_ key: UniqueKey, _ state: JobState?, at time: Timestamp) -> Bool {
            StoreRules.isDuplicate(of: key, holderState: state, holderEnqueuedAt: now, now: time)
        }
        let plain = UniqueKey(key: "k")
        for state in JobState.allCases {
            #expect(isDuplicate(plain, state, at: now + .days(100)) == !state.isFinished)
        }
        #expect(!isDuplicate(plain, nil, at: now))
        let timed = UniqueKey(key: "k", period: .seconds(10), states: [.running, .succeeded])
        #expect(isDuplicate(timed, .succeeded, at: now + .seconds(9)))
        #expect(!isDuplicate(timed, .succeeded, at: now + .seconds(10)))
        #expect(!isDuplicate(timed, .ready, at: now))
    }

    @Test("what has passed, or takes no time, is due at once")
    func due() {
        #expect(StoreRules.due(.now, now: now) == nil)
        #expect(StoreRules.due(.after(.zero), now: now) == nil)
        #expect(StoreRules.due(.after(.seconds(-1)), now: now) == nil)
        #expect(StoreRules.due(.after(.seconds(1)), now: now) == now + .seconds(1))
        #expect(StoreRules.due(.at(now), now: now) == nil)
        #expect(StoreRules.due(.at(now + .microseconds(1)), now: now) == now + .microseconds(1))
        #expect(StoreRules.due(.after(.days(400_000_000)), now: now) == .distantFuture)
    }

    @Test("an expiry counts from the enqueue")
    func expiry() {
        #expect(StoreRules.expiresAt(nil, enqueuedAt: now) == nil)
        #expect(StoreRules.expiresAt(.after(.zero), enqueuedAt: now) == now)
        #expect(StoreRules.expiresAt(.after(.seconds(2)), enqueuedAt: now) == now + .seconds(2))
        #expect(StoreRules.expiresAt(.at(.distantPast), enqueuedAt: now) == .distantPast)
    }

    @Test("a failed job is kept for 30 days at least, any other for its retention")
    func retention() {
        for state in JobState.finished {
            let kept = StoreRules.pruneAt(state: state, finishedAt: now, retention: .hours(1)) - now
            #expect(kept == (state == .failed ? .days(30) : .hours(1)))
        }
        #expect(StoreRules.pruneAt(state: .failed, finishedAt: now, retention: .days(90)) - now == .days(90))
    }

    @Test("edges are met by the ends they name")
    func conditions() {
        func states(_ condition: EdgeCondition) -> Set<JobState> {
            Set(JobState.allCases.filter { condition.isMet(by: $0) })
        }
        #expect(states(.success) == [.succeeded])
        #expect(states(.failure) == [.failed, .expired])
        #expect(states(.always) == JobState.finished)
    }

    @Test("a batch that no store may take is refused by the number of its job")
    func validation() throws {
        let jobs = (0..<4).map { _ in NewJob(kind: "work") }
        func edge(_ parent: Int, _ child: Int, at position: Int32 = 0) -> NewEdge {
            NewEdge(parent: jobs[parent].id, child: jobs[child].id, condition: .success, position: position)
        }
        func refusal(_ jobs: [NewJob], _ edges: [NewEdge] = []) -> StoreError? {
            do throws(StoreError) {
                try StoreRules.validate(EnqueueBatch(jobs: jobs, edges: edges))
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal(jobs) == nil)
        #expect(refusal(jobs, [edge(0, 1), edge(0, 2), edge(1, 3), edge(2, 3, at: 1)]) == nil)
        #expect(refusal(jobs + [jobs[1]])?.item == 4)
        #expect(refusal(jobs, [edge(2, 2)])?.item == 2)
        #expect(refusal(jobs, [edge(0, 3), edge(1, 3)])?.item == 3)
        #expect(refusal(Array(jobs[1...]), [edge(1, 0)])?.code == .rejected)
        #expect(refusal(jobs, [edge(0, 1), edge(1, 2), edge(2, 3), edge(3, 1, at: 1)])?.item == 1)
    }
}
