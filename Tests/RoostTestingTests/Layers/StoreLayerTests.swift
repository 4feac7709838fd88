import RoostCore
import RoostTesting
import Synchronization
import Testing

@Suite("A store layer")
struct StoreLayerTests {
    /// Writes nothing.
    private struct Plain: StoreLayer {
        let base: any JobStore
    }

    /// Writes down which calls pass.
    private final class Listener: StoreLayer {
        let base: any JobStore = MemoryStore()
        let heard = Mutex<[StoreCall]>([])

        func pass<Answer: Sendable>(
            _ call: StoreCall,
            _ body: () async throws(StoreError) -> Answer
        ) async throws(StoreError) -> Answer {
            heard.withLock { $0.append(call) }
            return try await body()
        }
    }

    /// Lets pass what only looks.
    private struct Window: StoreLayer {
        let base: any JobStore

        func pass<Answer: Sendable>(
            _ call: StoreCall,
            _ body: () async throws(StoreError) -> Answer
        ) async throws(StoreError) -> Answer {
            guard call.onlyLooks else { throw StoreError(.readOnly, "\(call) would change the store") }
            return try await body()
        }
    }

    /// Every call, in the order of `StoreCall`. What the store makes of them does not matter.
    private func makeCalls(of store: any JobStore) async {
        let job = NewJob(id: JobID(), kind: "work")
        let worker = WorkerID(1)
        _ = try? await store.enqueue(EnqueueBatch(jobs: [job]))
        _ = try? await store.register(WorkerRegistration(name: "test", kinds: ["work"]))
        _ = try? await store.retire(worker)
        _ = try? await store.exchange(Exchange(worker: worker))
        _ = try? await store.extend([], of: worker, by: .seconds(1))
        _ = try? await store.reclaim()
        _ = try? await store.advance()
        _ = try? await store.inputs(of: job.id, from: 0, limit: 1)
        _ = try? await store.perform(ActionRequest(.cancel(job.id)))
        _ = try? await store.outcomes(of: [job.id])
        _ = try? await store.snapshots(of: [job.id])
        _ = try? await store.attempts(of: job.id)
        _ = try? await store.list(JobQuery())
        _ = try? await store.counts()
        _ = try? await store.workers()
        _ = try? await store.prune()
    }

    @Test("that writes nothing keeps the promises of the store below it", arguments: StoreConformance.cases)
    func handsOn(_ promise: StoreConformance.Case) async throws {
        try await promise.run(on: StoreConformance.Subject { time in Plain(base: MemoryStore(time: time)) })
    }

    @Test("that writes nothing has the name of the store below it")
    func hasTheName() {
        let store = MemoryStore()
        #expect(Plain(base: store).name == store.name)
    }

    @Test("has each call pass once, under its name")
    func hearsEachCall() async {
        let layer = Listener()
        await makeCalls(of: layer)
        #expect(layer.heard.withLock { $0 } == StoreCall.allCases)
    }

    @Test("keeps from the store below what it does not let pass")
    func keepsCallsBack() async throws {
        let store = MemoryStore()
        let layer = Window(base: store)
        await makeCalls(of: layer)
        #expect(try await store.list(JobQuery()).isEmpty)
        #expect(try await store.workers().isEmpty)
        let job = NewJob(id: JobID(), kind: "work")
        await #expect(throws: StoreError.self) { try await layer.enqueue(EnqueueBatch(jobs: [job])) }
        _ = try await store.enqueue(EnqueueBatch(jobs: [job]))
        #expect(try await layer.list(JobQuery()).map(\.id) == [job.id])
    }
}
