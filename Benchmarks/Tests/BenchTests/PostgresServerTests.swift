import Foundation
import RoostCore
import RoostPostgres
import Testing

@testable import Bench

@Suite("A Postgres of the run", .enabled(if: PostgresPrograms.installed != nil, "Postgres is not installed"))
struct PostgresServerTests {
    /// A plan whose folder is gone afterwards.
    private func withPlan(_ body: (Plan) async throws -> Void) async throws {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        try await body(Plan(isQuick: true, scratch: scratch, huey: nil, sidekiq: nil, scripts: "", sync: 0.001))
    }

    @Test("It begins with nothing and its default settings, and ends with the call, also by an error")
    func life() async throws {
        try await withPlan { plan in
            var ports: [Int] = []
            for _ in 0..<2 {
                #expect(throws: Failure.self) {
                    try plan.at(.postgres) { place in
                        let server = try #require(place.postgres)
                        ports.append(server.port)
                        #expect(try server.number("SELECT count(*) FROM pg_stat_user_tables") == 0)
                        #expect(try server.sql("SHOW fsync") == "on")
                        try server.sql("CREATE TABLE t AS SELECT 1 AS a")
                        throw Failure("of the measurement")
                    }
                }
            }
            #expect(Set(ports).count == 2)
            let data = plan.scratch.appending(path: "roost/data/postmaster.pid").path
            #expect(!FileManager.default.fileExists(atPath: data))
        }
    }

    @Test("What it writes and spends a job is told")
    func meter() async throws {
        try await withPlan { plan in
            try plan.at(.postgres) { place in
                let server = try #require(place.postgres)
                let figures = try place.metered(1000) { _ in
                    try server.sql("CREATE TABLE t AS SELECT i FROM generate_series(1, 200000) i")
                    return [:]
                }
                #expect(try #require(figures["wal_per_job"]) > 4000)
                #expect(try #require(figures["server_cpu_per_job"]) > 0)
            }
        }
    }

    @Test("An error of the server is one of the measurement")
    func error() async throws {
        try await withPlan { plan in
            try plan.at(.postgres) { place in
                let server = try #require(place.postgres)
                #expect(throws: Failure.self) { try server.sql("SELECT none") }
                #expect(throws: Failure.self) { try server.number("SELECT 'one'") }
            }
        }
    }

    @Test("The store's own functions end jobs in a plain loop, as the store sees them", arguments: [false, true])
    func raw(isTogether: Bool) async throws {
        try await withPlan { plan in
            let server = try plan.newPostgres("raw")
            let store = try await StoreProvider.postgres(server.url).makeStore()
            try await Filling.fill(store, count: 3000)
            let raw = RawPostgres(server, folder: plan.scratch)
            let figures = try raw.drain(3000, batch: 500, clients: 2, isTogether: isTogether)
            #expect(try #require(figures["jobs_per_second"]) > 0)
            #expect(try await store.counts().reduce(0) { $0 + ($1.byState[.succeeded] ?? 0) } >= 2970)
            await store.close()
            try server.end()
        }
    }

    @Test("A row takes a commit")
    func commits() async throws {
        try await withPlan { plan in
            try plan.at(.postgres) { place in
                let server = try #require(place.postgres)
                _ = try RawPostgres(server, folder: plan.scratch).commits(20)
                #expect(try server.number("SELECT count(DISTINCT xmin::text) FROM raw_job") == 20)
            }
        }
    }
}
