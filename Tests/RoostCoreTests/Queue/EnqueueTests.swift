import Foundation
import RoostCore
import RoostTesting
import Testing

private struct Unencodable: Error {}

/// Its arguments can be encoded unless `isBad`.
private struct Delicate: Job {
    static var kind: String { "EnqueueTests.Delicate" }
    var isBad: Bool

    func run() async throws {}

    func encode(to encoder: any Encoder) throws {
        if isBad { throw Unencodable() }
        var container = encoder.singleValueContainer()
        try container.encode(isBad)
    }
}

@Suite("Enqueuing", .timeLimit(.minutes(1)))
struct EnqueueTests {
    @Test("stores many jobs in one call of the store, and answers their handles in order")
    func many() async throws {
        let store = WatchedStore()
        let stage = Stage.make()
        let queue = JobQueue(store: store)
        let handles = try await queue.enqueue((0..<100).map { stage("\($0)") })
        #expect(store.count(of: .enqueue) == 1)
        try await withWorker(store: store.base) { _, _ in
            var names: [String] = []
            for handle in handles { names.append(try await handle.value()) }
            #expect(names == (0..<100).map { "\($0)" })
        }
    }

    @Test("of no jobs calls no store")
    func none() async throws {
        let store = WatchedStore()
        let handles = try await JobQueue(store: store).enqueue([Act]())
        #expect(handles.isEmpty)
        #expect(store.count(of: .enqueue) == 0)
    }

    @Test("refuses arguments that cannot be encoded, and stores none of their batch")
    func unencodable() async throws {
        let queue = JobQueue(store: MemoryStore())
        let error = await #expect(throws: JobEncodingError.self) {
            try await queue.enqueue([Delicate(isBad: false), Delicate(isBad: true)])
        }
        #expect(error?.kind == Delicate.kind)
        #expect(error?.underlying is Unencodable)
        #expect(try await queue.counts().isEmpty)
    }

    @Test("refuses arguments that take too much room, and says how to help it")
    func tooLarge() async throws {
        let stage = Stage.make()
        let queue = JobQueue(store: MemoryStore(), maxPayload: 100)
        let error = await #expect(throws: PayloadTooLarge.self) {
            try await queue.enqueue(stage(String(repeating: "x", count: 100)))
        }
        #expect(error?.limit == 100)
        #expect(error?.description.contains("maxPayload") == true)
        #expect(try await queue.counts().isEmpty)
    }

    @Test("tells what the store could not do")
    func storeError() async throws {
        let store = WatchedStore(before: { call, _ in call == .enqueue ? StoreError(.unavailable, "gone") : nil })
        let stage = Stage.make()
        await #expect(throws: StoreError(.unavailable, "gone")) { try await JobQueue(store: store).enqueue(stage()) }
    }
}
