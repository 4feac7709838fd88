import ProcessSupport
import RoostCore
import RoostSQLite
import RoostTesting
import Testing

// One after the other: hundreds of stores at once are thousands of open files, with which Foundation's `Process` of other
// tests overruns a buffer (6.3.1).
@Suite("The SQLite store keeps the promises of stores", .serialized, .timeLimit(.minutes(5)))
struct SQLiteConformanceTests {
    @Test("in a file", arguments: StoreConformance.cases)
    func file(_ promise: StoreConformance.Case) async throws {
        let folder = try TemporaryFolder()
        let subject = StoreConformance.Subject(
            makeStore: { [path = folder.file()] time in
                try SQLiteStore(path: path, options: .init(synchronous: .off, time: time))
            },
            reopen: { [path = folder.file()] _, time in
                try SQLiteStore(path: path, options: .init(synchronous: .off, time: time))
            }
        )
        try await promise.run(on: subject)
    }

    @Test("in memory", arguments: StoreConformance.cases)
    func memory(_ promise: StoreConformance.Case) async throws {
        let subject = StoreConformance.Subject { time in
            try SQLiteStore(path: ":memory:", options: .init(time: time))
        }
        try await promise.run(on: subject)
    }
}
