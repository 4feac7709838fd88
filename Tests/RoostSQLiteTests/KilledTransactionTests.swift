import Foundation
import GRDB
import ProcessSupport
import RoostCore
import RoostSQLite
import RoostTesting
import Testing

/// A worker is killed again and again, at any point, while its jobs write a row each in the transaction that ends them.
@Suite("A worker that is killed", .serialized, .timeLimit(.minutes(3)))
struct KilledTransactionTests {
    private static let jobs = 400

    private struct EffectJob: Job {
        static var kind: String { "effect" }
        var number: Int
        func run() async throws -> Int { number }
    }

    @Test("has done each job's writes exactly once, on SQLite")
    func sqlite() async throws {
        let folder = try TemporaryFolder()
        let pool = try DatabasePool(path: folder.file())
        try await pool.write { try $0.execute(sql: "CREATE TABLE effect (number INTEGER)") }
        let store = try SQLiteStore(pool)
        try await killAgainAndAgain(JobQueue(store: store), url: folder.file())
        let numbers = try await pool.read { try Int.fetchAll($0, sql: "SELECT number FROM effect ORDER BY number") }
        #expect(numbers == Array(0..<Self.jobs))
        await store.close()
    }

    private func killAgainAndAgain(_ queue: JobQueue, url: String) async throws {
        let folder = try TemporaryFolder()
        _ = try await queue.enqueue((0..<Self.jobs).map { EffectJob(number: $0).maxCrashes(1000) })
        var random = SeededRandom(seed: 7)
        var kills = 0
        while try await queue.counts().first?.byState[.succeeded] != Self.jobs {
            let worker = try Program("TransactionWorker", [url], in: folder.path)
            try await waitUntil("the worker is ready", within: .seconds(30)) { worker.log.contains("ready") }
            if kills < 12 {
                try await Task.sleep(for: .milliseconds(Int.random(in: 20...250, using: &random)))
            } else {
                try await waitUntil("all is done", within: .seconds(60)) {
                    try await queue.counts().first?.byState[.succeeded] == Self.jobs
                }
            }
            worker.send(SIGKILL)
            _ = try await worker.result()
            kills += 1
        }
        #expect(kills > 2)
    }
}
