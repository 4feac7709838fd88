import GRDB
import ProcessSupport
import RoostCore
import Testing

@testable import RoostSQLite

@Suite("The thread that writes", .timeLimit(.minutes(1)))
struct WriterThreadTests {
    let folder: TemporaryFolder
    let connection: StoreConnection

    init() throws {
        folder = try TemporaryFolder()
        connection = try StoreConnection(try DatabasePool(path: folder.file()), ownsWriter: true, options: .init())
    }

    private func writesWhereItIsCalled(on executor: (any TaskExecutor)?) async throws -> Bool {
        let connection = connection
        return try await Task(executorPreference: executor) {
            // The caller may be elsewhere, so the body tells.
            try await connection.write { _ in ThreadExecutor.isCurrent }
        }.value
    }

    @Test("is the caller's where that is one of Roost's own, and never one of Swift's pool")
    func place() async throws {
        #expect(try await writesWhereItIsCalled(on: ThreadExecutor(name: "roost-test")))
        #expect(try await !writesWhereItIsCalled(on: nil))
        await connection.close()
    }

    @Test("is shared by calls from both, one after the other, and none is lost")
    func both() async throws {
        let store = try SQLiteStore(path: folder.file("both.db"), options: .init(synchronous: .off))
        try await withThrowingDiscardingTaskGroup { group in
            for number in 0..<8 {
                let executor: (any TaskExecutor)? = number % 2 == 0 ? ThreadExecutor(name: "roost-test") : nil
                group.addTask(executorPreference: executor) {
                    for _ in 0..<25 { _ = try await store.enqueueOne() }
                }
            }
        }
        #expect(try await store.counts().first?.byState[.ready] == 200)
        await store.close()
    }
}
