import Foundation
import GRDB
import Logging
import RoostCore
import RoostPostgres
import RoostSQLite
import ServiceLifecycle

/// A worker that its test kills: `TransactionWorker URL`. Each of its jobs writes a row into the table `effect` of the store's own database,
/// in the transaction that ends the job. Says `ready` and works until it is killed.
@main enum TransactionWorker {
    static func main() async throws {
        guard CommandLine.arguments.count == 2 else { throw UsageError() }
        let url = CommandLine.arguments[1]
        let logger = Logger(label: "worker", factory: { StreamLogHandler.standardError(label: $0) })
        let store: any JobStore =
            url.hasPrefix("postgres") ? try await PostgresStore(url, logger: logger) : try SQLiteStore(path: url)
        let worker = Worker(
            JobQueue(store: store, logger: logger),
            options: WorkerOptions(
                concurrency: 4,
                lease: .seconds(1),
                heartbeat: .milliseconds(250),
                housekeepingInterval: .milliseconds(300)
            ),
            jobs: [EffectJob.self],
            discoversJobs: false
        )
        FileHandle.standardError.write(Data("ready\n".utf8))
        try await ServiceGroup(services: [worker], logger: logger).run()
    }
}

/// Writes its number down, once.
struct EffectJob: Job {
    static var kind: String { "effect" }

    var number: Int

    func run() async throws -> Int {
        let context = try JobContext.required
        // So that there is time to kill it.
        try await Task.sleep(for: .milliseconds(10))
        guard context.queue.store.name.hasPrefix("postgres") else {
            return try await context.transaction { (db: Database) in
                try db.execute(sql: "INSERT INTO effect (number) VALUES (?)", arguments: [number])
                return number
            }
        }
        return try await context.transaction { (transaction: PostgresTransaction) in
            try await transaction.execute("INSERT INTO effect (number) VALUES ($1)", number)
            return number
        }
    }
}

struct UsageError: Error, CustomStringConvertible {
    let description = "usage: TransactionWorker URL"
}
