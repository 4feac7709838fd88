import Foundation
import Logging
import RoostCore
import RoostPostgres
import RoostRedis
import RoostTesting
import ServiceLifecycle
import StoreFaults
import UnixSignals

/// A worker in a process of its own, which its test freezes: `FaultWorker URL LEDGER`. Says `ready` and works until SIGTERM.
@main enum FaultWorker {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else { throw UsageError() }
        let logger = Logger(label: "worker", factory: { StreamLogHandler.standardError(label: $0) })
        let ledger = try Ledger(writingTo: arguments[2])
        let store = LedgerStore(try await open(arguments[1], logger), ledger: ledger, client: "child")
        let worker = TestedWorker.make(JobQueue(store: store, logger: logger), name: "child")
        let group = ServiceGroup(
            services: [worker],
            gracefulShutdownSignals: [.sigterm],
            logger: logger
        )
        FileHandle.standardError.write(Data("ready\n".utf8))
        try await group.run()
        await store.close()
    }

    private static func open(_ url: String, _ logger: Logger) async throws -> any JobStore {
        url.hasPrefix("redis")
            ? try await RedisStore(url, logger: logger) : try await PostgresStore(url, logger: logger)
    }
}

struct UsageError: Error, CustomStringConvertible {
    let description = "usage: FaultWorker URL LEDGER"
}
