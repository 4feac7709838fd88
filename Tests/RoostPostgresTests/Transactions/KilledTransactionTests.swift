import Foundation
import ProcessSupport
import RoostCore
import RoostPostgres
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

    @Test("has done each job's writes exactly once, on Postgres")
    func postgres() async throws {
        let schema = TestServer.newSchema()
        let store = try await TestServer.newStore(schema: schema)
        let queue = JobQueue(store: store)
        // Where the worker writes without naming a schema.
        let base = try await TestServer.shared.url()
        let url = "\(base)?schema=\(schema)&options=-csearch_path%3D\(schema)"
        try await queue.transaction { try await $0.execute("CREATE TABLE \(schema).effect (number integer)") }
        try await killAgainAndAgain(queue, url: url)
        let (rows, numbers) = try await queue.transaction { transaction in
            let row = try await transaction.execute(
                "SELECT count(*) AS rows, count(DISTINCT number) AS numbers FROM \(schema).effect"
            )[0]
            return (try row.integer("rows"), try row.integer("numbers"))
        }
        #expect(rows == Self.jobs)
        #expect(numbers == Self.jobs)
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
