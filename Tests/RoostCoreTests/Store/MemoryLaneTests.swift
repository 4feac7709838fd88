import RoostTesting
import Testing

@testable import RoostCore

@Suite("What the memory store is made of")
struct MemoryLaneTests {
    @Test("an agenda gives entries by time, and forgets those that hold no more")
    func agenda() {
        var agenda = MemoryAgenda()
        for number in 0..<5000 {
            agenda.insert(Timestamp(microseconds: Int64(number * 7919 % 5000)), number: Int64(number), slot: number) {
                $0.slot % 2 == 0
            }
        }
        var times: [Int64] = []
        while let first = agenda.first(where: { $0.slot % 2 == 0 }) {
            times.append(first.time.microseconds)
            agenda.removeFirst()
        }
        #expect(times.count == 2500)
        #expect(times == times.sorted())
    }

    @Test("leases are found by token while they have jobs")
    func leases() {
        var leases = MemoryLeases()
        for token in Int64(1)...200 {
            leases.append(MemoryLease(token: token, worker: WorkerID(1), until: .zero, members: [], open: 2))
        }
        for token in stride(from: Int64(2), through: 200, by: 2) {
            leases.release(token)
            #expect(leases[token] != nil)
            leases.release(token)
            #expect(leases[token] == nil)
        }
        #expect(leases.live().map(\.token) == Array(stride(from: Int64(1), through: 199, by: 2)))
        leases.extend(7, until: .seconds(5))
        #expect(leases[7]?.until == .seconds(5))
        #expect(leases[0] == nil)
        #expect(leases[201] == nil)
    }

    @Test("ids are listed in order, however they came and went")
    func ids() {
        var ids = MemoryIDs()
        var known: Set<JobID> = []
        for number in 0..<5000 {
            let id = JobID(high: UInt64(number * 7919 % 5000), low: 0)
            ids.insert(id)
            known.insert(id)
            if number % 3 == 0 {
                known.remove(id)
                ids.remove(id) { known.contains($0) }
            }
        }
        let listed = ids.above(JobID(high: 99, low: 0)).filter { known.contains($0) }
        #expect(listed == known.filter { $0.high > 99 }.sorted())
    }

    @Test("jobs that leave an unserved lane leave no memory behind", .timeLimit(.minutes(1)))
    func compaction() async throws {
        let time = TestTimeSource()
        let store = MemoryStore(time: time)
        for _ in 0..<50 {
            let jobs = (0..<200).map { _ in NewJob(kind: "work", expiry: .after(.days(1)), retention: .zero) }
            _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
            for job in jobs { _ = try await store.perform(ActionRequest(.cancel(job.id))) }
            #expect(try await store.prune() == 200)
        }
        #expect(try await store.counts().isEmpty)
        #expect(try await store.list(JobQuery()).isEmpty)
    }
}
