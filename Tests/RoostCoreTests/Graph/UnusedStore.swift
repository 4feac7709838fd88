import RoostCore
import RoostTesting

/// A store for tests that need a queue and never call it.
struct UnusedStore: StoreLayer {
    let name = "unused"
    let base: any JobStore = MemoryStore()

    func pass<Answer: Sendable>(
        _ call: StoreCall,
        _ body: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        throw StoreError(.closed, "this store is not there to be used")
    }
}
