// Shared resources on Postgres: a connection for each slot of the worker, opened at its start.
//
//     swift run --traits default,Postgres SharedResourcesOnPostgres postgres://localhost
//
// The page that Roost started from has this for Python: "Huey's context_task and startup hooks". Both of its forms are here.

import Foundation
import Logging
import Roost
import RoostPostgres
import ServiceLifecycle

/// Where the server is: the jobs live there too.
let url = CommandLine.arguments.dropFirst().first ?? "postgres://localhost"

/// One connection for each slot. It opens when the slot starts, since a job names it in `within:`, and closes when it ends.
let database = WorkerLocal {
    try await PostgresConnection.open(url)
} close: { connection in
    await connection.close()
}

/// What a job saw: its slot, the server's process behind its connection, and when its query ran by the server's clock.
struct Nap: Codable, Sendable {
    var slot: Int
    var backend: Int
    var began: Double
    var ended: Double

    init(by connection: PostgresConnection, seconds: Double) async throws {
        slot = Slot.current?.index ?? -1
        let row = try await connection.execute(
            """
            SELECT pg_backend_pid() AS backend, (extract(epoch FROM statement_timestamp()) * 1000)::bigint AS began,
                pg_sleep($1::float8)::text AS nothing, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ended
            """,
            seconds
        )[0]
        backend = try row.integer("backend")
        began = Double(try row.integer("began")) / 1000
        ended = Double(try row.integer("ended")) / 1000
    }
}

/// The form of Huey's `context_task`: the job runs within the slot's connection, and is given it.
@Job(within: database)
func napWithin(seconds: Double, within connection: PostgresConnection) async throws -> Nap {
    try await Nap(by: connection, seconds: seconds)
}

/// The explicit form: any code that a job calls can ask for the slot's own connection.
@Job
func napExplicitly(seconds: Double) async throws -> Nap {
    try await Nap(by: try await database.current, seconds: seconds)
}

@main
enum SharedResourcesOnPostgres {
    static func main() async throws {
        let logger = Logger(label: "shared-resources")
        let queue = try await JobQueue(.postgres(url, options: .init(schema: "shared_resources")), logger: logger)
        let worker = Worker(queue, options: WorkerOptions(concurrency: 3))
        worker.onStartup { slot in
            let backend = try await database.current.execute("SELECT pg_backend_pid() AS backend")[0].integer("backend")
            print("slot \(slot.index) started, with backend \(backend)")
        }
        worker.onShutdown { slot in print("slot \(slot.index) stopped") }

        let handles =
            try await queue.enqueue((0..<6).map { _ in $napWithin(seconds: 0.3) })
            + queue.enqueue((0..<6).map { _ in $napExplicitly(seconds: 0.3) })
        let group = ServiceGroup(services: [worker], logger: logger)
        async let running: Void = group.run()
        for handle in handles {
            let nap = try await handle.value(timeout: .seconds(60))
            print(
                String(
                    format: "slot %d backend %d slept from %.3f to %.3f",
                    nap.slot,
                    nap.backend,
                    nap.began,
                    nap.ended
                )
            )
        }
        await group.triggerGracefulShutdown()
        try await running
        await queue.close()
    }
}
