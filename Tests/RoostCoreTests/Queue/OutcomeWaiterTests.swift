import Logging
import RoostTesting
import Testing

@testable import RoostCore

/// Its outcomes do not come, from the second time they are asked for, until the gate is open; and one job's are unreadable.
private struct SlowStore: StoreLayer {
    let base: any JobStore
    let gate = Gate()
    let asked = Journal<Int>()
    let bad: JobID?

    @concurrent func outcomes(of jobs: [JobID]) async throws(StoreError) -> [StoredOutcome?] {
        asked.note(jobs.count)
        if let bad, jobs.contains(bad) { throw StoreError(.corrupt, "the row cannot be read") }
        if bad == nil, asked.entries.count > 1 { try? await gate.wait() }
        return try await base.outcomes(of: jobs)
    }
}

@Suite("The waiter for outcomes", .timeLimit(.minutes(1)))
struct OutcomeWaiterTests {
    private let time = TestTimeSource()

    private func waiter(_ store: any JobStore, lingers: Bool? = nil) -> OutcomeWaiter {
        OutcomeWaiter(store: store, logger: .quiet, lingers: lingers)
    }

    /// Has a job of `store` end, and returns its id.
    private func enqueue(_ store: any JobStore) async throws -> JobID {
        try await JobQueue(store: store).enqueue(Stage.make()()).id
    }

    private func cancel(_ job: JobID, _ store: any JobStore) async throws {
        _ = try await JobQueue(store: store).perform(.cancel(job), why: "")
    }

    /// A waiter that stays, though the one job it waited for has ended.
    private func stayingWaiter(_ store: any JobStore) async throws -> (waiter: OutcomeWaiter, job: JobID) {
        let waiter = waiter(store, lingers: true)
        let job = try await enqueue(store)
        try await cancel(job, store)
        _ = try await waiter.outcome(of: job, timeout: nil)
        try await time.waitForSleepers(1)
        return (waiter, job)
    }

    @Test("asks for an outcome and for the job itself, once, then after each wake-up for the outcome alone")
    func calls() async throws {
        let store = WatchedStore(MemoryStore(time: time))
        let waiter = waiter(store)
        let jobs = [try await enqueue(store), try await enqueue(store)]
        let outcome = Task { try await waiter.outcome(of: jobs[0], timeout: nil) }
        try await time.waitForSleepers(1)
        #expect(store.count(of: .outcomes) == 1)
        #expect(store.count(of: .snapshots) == 1)
        try await cancel(jobs[1], store)
        try await until { store.count(of: .outcomes) == 2 }
        try await time.waitForSleepers(1)
        try await cancel(jobs[0], store)
        #expect(try await outcome.value.state == .cancelled)
        #expect(store.count(of: .outcomes) == 3)
        #expect(store.count(of: .snapshots) == 1)
    }

    @Test("looks once even where the time is up before it can, and finds what has ended already")
    func oneLook() async throws {
        let store = MemoryStore(time: time)
        let job = try await enqueue(store)
        try await cancel(job, store)
        let outcome = try await waiter(store).outcome(of: job, timeout: .nanoseconds(1))
        #expect(outcome.state == .cancelled)
    }

    @Test("keeps to the time it was given while the store cannot be asked, and tries again until then")
    func storeAway() async throws {
        let store = WatchedStore(
            MemoryStore(time: time),
            before: { call, number in call == .outcomes && number < 4 ? StoreError(.unavailable, "no connection") : nil
            }
        )
        let waiter = waiter(store)
        let job = try await enqueue(store)
        let first = Task { try await waiter.outcome(of: job, timeout: .milliseconds(300)) }
        let second = Task { try await waiter.outcome(of: job, timeout: nil) }
        try await withClock(time) {
            await #expect(throws: JobWaitTimeout(job: job, waited: .milliseconds(300))) { try await first.value }
            try await until { store.count(of: .outcomes) >= 4 }
            try await cancel(job, store)
            #expect(try await second.value.state == .cancelled)
        }
    }

    @Test("tells all who wait when the store fails for good, and works again for those who come after")
    func storeBroken() async throws {
        let store = WatchedStore(
            MemoryStore(time: time),
            before: { call, number in call == .outcomes && number == 1 ? StoreError(.corrupt, "the disk is bad") : nil }
        )
        let waiter = waiter(store)
        let job = try await enqueue(store)
        let error = await #expect(throws: StoreError.self) { try await waiter.outcome(of: job, timeout: nil) }
        #expect(error?.code == .corrupt)
        try await cancel(job, store)
        #expect(try await waiter.outcome(of: job, timeout: nil).state == .cancelled)
    }

    @Test("stays for those who come soon, with the sleep it has, and ends at the first look in vain")
    func lingers() async throws {
        let store = MemoryStore(time: time)
        let waiter = waiter(store, lingers: true)
        for _ in 0..<3 {
            let job = try await enqueue(store)
            let outcome = Task { try await waiter.outcome(of: job, timeout: .seconds(60)) }
            try await time.waitForSleepers(1)
            #expect(time.nextDeadline == time.uptime + .seconds(5), "no sleep of its own")
            try await cancel(job, store)
            #expect(try await outcome.value.state == .cancelled)
            #expect(time.sleepers == 1)
        }
        time.advance(by: .seconds(5))
        try await until { time.sleepers == 0 }
        let late = try await enqueue(store)
        try await cancel(late, store)
        #expect(try await waiter.outcome(of: late, timeout: nil).state == .cancelled)
    }

    @Test("that stays ends when the store is closed")
    func closed() async throws {
        let store = MemoryStore(time: time)
        let (waiter, job) = try await stayingWaiter(store)
        await store.close()
        try await until { time.sleepers == 0 }
        let error = await #expect(throws: StoreError.self) { try await waiter.outcome(of: job, timeout: nil) }
        #expect(error?.code == .closed)
    }

    @Test("keeps to the time it was given while the store does not answer")
    func storeHangs() async throws {
        let store = SlowStore(base: MemoryStore(time: time), bad: nil)
        let waiter = waiter(store)
        let jobs = [try await enqueue(store), try await enqueue(store)]
        let outcome = Task { try await waiter.outcome(of: jobs[0], timeout: .seconds(2)) }
        try await time.waitForSleepers(1)
        try await cancel(jobs[1], store)
        try await until { store.asked.entries.count == 2 }
        try await time.waitForSleepers(1)
        time.advance(by: .seconds(2))
        await #expect(throws: JobWaitTimeout(job: jobs[0], waited: .seconds(2))) { try await outcome.value }
        store.gate.open()
    }

    @Test("tells of a row that cannot be read those alone who wait for its job")
    func badRow() async throws {
        let base = MemoryStore(time: time)
        let jobs = [try await enqueue(base), try await enqueue(base), try await enqueue(base)]
        let store = SlowStore(base: base, bad: jobs[1])
        for job in jobs { try await cancel(job, base) }
        let waiter = waiter(store)
        let outcomes = jobs.map { job in Task { try await waiter.outcome(of: job, timeout: nil) } }
        #expect(try await outcomes[0].value.state == .cancelled)
        let error = await #expect(throws: StoreError.self) { try await outcomes[1].value }
        #expect(error?.code == .corrupt)
        #expect(try await outcomes[2].value.state == .cancelled)
    }

    @Test("that stays leaves when its queue is gone, so that the store is not kept")
    func queueGone() async throws {
        let store = MemoryStore(time: time)
        let (waiter, _) = try await stayingWaiter(store)
        waiter.leave()
        try await until { time.sleepers == 0 }
    }
}
