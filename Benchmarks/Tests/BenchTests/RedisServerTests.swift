import Foundation
import RoostCore
import RoostRedis
import Testing

@testable import Bench

@Suite("A Redis server of the run", .enabled(if: RedisServer.installed != nil, "redis-server is not installed"))
struct RedisServerTests {
    /// A plan whose folder is gone afterwards.
    private func withPlan(_ body: (Plan) throws -> Void) throws {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        try body(Plan(isQuick: true, scratch: scratch, huey: nil, sidekiq: nil, scripts: "", sync: 0.001))
    }

    @Test("It writes to the append-only file, begins with nothing, and ends with the call, also by an error")
    func life() throws {
        try withPlan { plan in
            var ports: [Int] = []
            #expect(throws: Failure.self) {
                try plan.at(.redis) { place in
                    let server = try #require(place.server)
                    ports.append(server.port)
                    #expect(try server.run("DBSIZE").integer == 0)
                    #expect(try server.run("CONFIG", "GET", "appendonly")[1]?.text == "yes")
                    #expect(try server.run("CONFIG", "GET", "appendfsync")[1]?.text == "everysec")
                    throw Failure("of the measurement")
                }
            }
            let port = try #require(ports.first)
            #expect(throws: Failure.self) { try RedisConnection(port: port) }
        }
    }

    @Test("It loads what an earlier one saved")
    func copy() throws {
        try withPlan { plan in
            let first = try RedisServer(in: plan.newFolder("first"))
            try first.run("SET", "key", "value")
            try first.saveAndEnd()
            let second = try RedisServer(in: plan.copy(plan.scratch.appending(path: "first"), to: "second"))
            #expect(try second.run("GET", "key").text == "value")
            try second.end()
        }
    }

    @Test("The raw limit claims in order, once, and settles what it claimed")
    func raw() throws {
        try withPlan { plan in
            try plan.at(.redis) { place in
                let server = try #require(place.server)
                let raw = try RawRedis(port: server.port)
                try raw.enqueue(1000)
                let meter = try ServerMeter(server)
                let first = try #require(try raw.claim(600))
                #expect(first.count == 600)
                #expect(try raw.left() == 401)
                let second = try #require(try raw.settleAndClaim(first, 600))
                #expect(second.count == 400)
                #expect(throws: Failure.self) { try raw.settle(first) }
                try raw.settle(second)
                #expect(try raw.claim(600) == nil)
                #expect(try raw.left() == 0)
                // Each job is there still, as it ended.
                #expect(try server.run("LLEN", "{raw}:f:86400000000").integer == 2)
                #expect(try server.run("HGET", "{raw}:n", "1:5").text == "1000")
                let figures = try meter.figures(for: 1000)
                let time = try #require(figures["server_time_per_job"])
                #expect(time > 0 && time < 0.001)
                #expect(figures["server_cpu_per_job"] != nil)
            }
        }
    }

    @Test("The store's own script ends jobs in a plain loop, as the store sees them")
    func replay() async throws {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let server = try RedisServer(in: scratch)
        let store = try await StoreProvider.redis(server.url).makeStore()
        try await Filling.fill(store, count: 1000)
        let scripts = URL(filePath: #filePath).appending(path: "../../../../Sources/RoostRedis/Scripts").standardized
        let raw = try RawReplay(port: server.port, scripts: scripts)
        let first = try #require(try raw.exchange(settling: nil, claiming: 600))
        #expect(first.count == 600)
        let second = try #require(try raw.exchange(settling: first, claiming: 600))
        #expect(second.count == 400)
        #expect(throws: Failure.self) { try raw.exchange(settling: first, claiming: nil) }
        #expect(try raw.exchange(settling: second, claiming: nil) == nil)
        #expect(try raw.exchange(settling: nil, claiming: 600) == nil)
        #expect(try raw.left() == 0)
        #expect(try await store.counts().reduce(0) { $0 + ($1.byState[.succeeded] ?? 0) } == 1000)
        let ids = [first, second].flatMap { claimed in
            stride(from: 0, to: claimed.ids.count, by: 16).compactMap { JobID(bytes: claimed.ids[$0..<$0 + 16]) }
        }
        let outcomes = try await store.outcomes(of: [try #require(ids.first), try #require(ids.last)])
        #expect(outcomes.allSatisfy { $0 != nil })
        await store.close()
        try server.end()
    }

    @Test("An error of the server is one of the measurement")
    func error() throws {
        try withPlan { plan in
            try plan.at(.redis) { place in
                let server = try #require(place.server)
                #expect(throws: Failure.self) { try server.run("NO-SUCH-COMMAND") }
                #expect(throws: Failure.self) { try server.number("no_such_field", of: "memory") }
                #expect(throws: Failure.self) { try ServerMeter(server).figures(for: 1) }
            }
        }
    }
}
