import Foundation
import PostgresSupport
import ProcessSupport
import RoostCore
import RoostTesting
import StoreFaults
import Testing

extension FaultTests {
    @Suite("has no room") struct FullTests {
        /// The tables lie on a small file system. The log of the server does not: one that cannot write that ends.
        @Test(
            "on its disk: enqueues fail as full and store nothing, and work goes on once there is room",
            .enabled(if: SmallDisk.canMount, "to mount a file system takes root")
        )
        func disk() async throws {
            let server = try await PostgresServer.start()
            let folder = try TemporaryFolder()
            let disk = try SmallDisk(path: folder.file("disk"), megabytes: 32, like: server.folder.path)
            try server.sql("CREATE TABLESPACE small LOCATION '\(disk.path)'")
            try server.sql("ALTER DATABASE postgres SET default_tablespace = small")
            let run = FaultRun(on: server, settings: .init(timeout: 5))
            let store = try await run.open("filler")
            let queue = JobQueue(store: store, logger: run.log.logger)
            // What cannot be compressed away.
            let padding = (0..<1000).map { _ in UUID().uuidString }.joined()
            let big = FaultJob(microseconds: 1000, padding: padding)
            try await run.disturbed { run in
                try disk.fill()
                var failure: StoreError?
                for _ in 0..<200 where failure == nil {
                    do { try await queue.enqueue(Array(repeating: big, count: 5)) } catch let error as StoreError {
                        failure = error
                    }
                }
                #expect(failure?.code == .full)
                #expect(failure?.isTransient == true)
                try await Task.sleep(for: .seconds(1))
                try disk.makeRoom()
            }
            await store.close()
            #expect(run.failures.allSatisfy { $0.code == .full })
            try await server.stop()
        }

        @Test("for more connections, which others have: calls wait for one, then say so, and work goes on after")
        func connections() async throws {
            let server = try await PostgresServer.start(.init(maxConnections: 40))
            // Not one who has the connections that are reserved for superusers.
            try server.sql("CREATE ROLE app LOGIN")
            try server.sql("GRANT CREATE ON DATABASE postgres TO app")
            let run = FaultRun(on: server, by: "postgres://app@127.0.0.1:\(server.port)/postgres")
            try await run.disturbed { run in
                var hog = ConnectionHog(port: server.port, user: "app")
                let isTold = { run.failures.contains { $0.message.contains("raise its max_connections") } }
                try await again(for: .seconds(2), every: .milliseconds(5), until: isTold) { turn in
                    // What they leave is taken by degrees.
                    hog.take(4)
                    guard turn.isMultiple(of: 10) else { return }
                    try server.sql(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE application_name = 'roost' AND pid <> pg_backend_pid()
                        """
                    )
                }
                hog.release()
            }
        }
    }
}
