import Logging
import ProcessSupport
import RedisSupport
import RoostCore
import RoostRedis
import StoreFaults
import Testing

@Suite("A Redis store says what its server means for jobs", .timeLimit(.minutes(3)))
struct ServerWatchTests {
    private func open(_ server: RedisServer, _ options: String = "", log: CapturedLog) async throws -> RedisStore {
        try await RedisStore("\(server.url)?timeout=20\(options)", logger: log.logger)
    }

    @Test("it tells once of a server, however many connections there are, and again after a restart")
    func once() async throws {
        let server = try await RedisServer.start(.init(appendOnly: nil))
        let log = CapturedLog()
        let store = try await open(server, "&connections=3", log: log)
        for _ in 0..<6 { _ = try await store.counts() }
        #expect(
            log.entries(with: "nothing is kept on disk: a restart of the server loses all jobs").map(\.level) == [
                .error
            ]
        )
        #expect(log.entries(with: "a store on ").map(\.level) == [.info])
        try await server.restart()
        for _ in 0..<6 { _ = try await store.counts() }
        #expect(log.entries(with: "nothing is kept on disk: a restart of the server loses all jobs").count == 2)
        await store.close()
    }

    @Test("it says nothing louder than info of a server that keeps its jobs")
    func quiet() async throws {
        let server = try await RedisServer.start(.init(appendOnly: .always))
        let log = CapturedLog()
        let store = try await open(server, log: log)
        #expect(log.entries.allSatisfy { $0.level <= .info }, "\(log.entries)")
        #expect(log.entries(with: "appendfsync always: what was acknowledged is on disk").count == 1)
        await store.close()
    }

    @Test("it does not open where the server may drop jobs, unless told to accept that")
    func eviction() async throws {
        let server = try await RedisServer.start(.init(maxMemory: "64mb", maxMemoryPolicy: "allkeys-lru"))
        let log = CapturedLog()
        let error = await #expect(throws: StoreError.self) { _ = try await open(server, log: log) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("maxmemory-policy allkeys-lru") == true, "\(String(describing: error))")
        #expect(error?.message.contains("accept-eviction=true") == true)
        let store = try await open(server, "&accept-eviction=true", log: log)
        #expect(try await store.counts().isEmpty)
        await store.close()
    }

    @Test("it opens where the server drops only what has an expiry", arguments: ["volatile-lru", "noeviction"])
    func harmlessEviction(policy: String) async throws {
        let server = try await RedisServer.start(.init(maxMemory: "64mb", maxMemoryPolicy: policy))
        let log = CapturedLog()
        let store = try await open(server, log: log)
        #expect(log.entries(with: "eviction: maxmemory-policy volatile-lru").count == (policy == "noeviction" ? 0 : 1))
        await store.close()
    }

    @Test("a server that drops jobs since a restart is used no more, and is used again once that is mended")
    func evictionLater() async throws {
        let server = try await RedisServer.start(.init(maxMemory: "64mb"))
        let log = CapturedLog()
        let store = try await open(server, log: log)
        try server.probe().command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        try server.probe().command("CLIENT", "KILL", "TYPE", "normal")
        // The call that hears of the lost connection may be answered before it.
        try await waitUntil("calls fail") {
            do throws(StoreError) {
                _ = try await store.counts()
                return false
            } catch {
                #expect(error.code == .unavailable)
                #expect(error.isTransient)
                return error.message.contains("allkeys-lru")
            }
        }
        try server.probe().command("CONFIG", "SET", "maxmemory-policy", "noeviction")
        try await waitUntil("calls succeed") { (try? await store.counts()) != nil }
        await store.close()
    }

    @Test("it does not open on a replica")
    func replica() async throws {
        let master = try await RedisServer.start()
        let replica = try await RedisServer.start(.init(replicaOf: master))
        let log = CapturedLog()
        let error = await #expect(throws: StoreError.self) { _ = try await open(replica, log: log) }
        #expect(error?.code == .readOnly)
        #expect(
            error?.message.contains("a replica of 127.0.0.1:\(master.port)") == true,
            "\(String(describing: error))"
        )
    }

    @Test("it opens where CONFIG is not allowed or has another name, and says what it could not read")
    func noConfig() async throws {
        let rules = "~* &* +@all -config"
        let forbidding = try await RedisServer.start(.init(user: .init("app", password: "pw", rules: rules)))
        let renaming = try await RedisServer.start(.init(lines: [#"rename-command CONFIG """#]))
        for server in [forbidding, renaming] {
            let log = CapturedLog()
            let store = try await open(server, log: log)
            #expect(log.entries(with: "the server did not tell all: CONFIG GET: ").map(\.level) == [.warning])
            #expect(log.entries(with: "persistence: append-only file; the server does not say how often").count == 1)
            await store.close()
        }
    }

    @Test("a server that came back empty is told of although nothing is called but claims")
    func empty() async throws {
        let server = try await RedisServer.start(.init(appendOnly: nil))
        let log = CapturedLog()
        let store = try await open(server, log: log)
        _ = try await store.enqueue(EnqueueBatch(jobs: [NewJob(kind: "work")]))
        let worker = try await store.register(WorkerRegistration(name: "w", kinds: ["work"]))
        try await server.restart(keepsData: false)
        let request = ClaimRequest(kinds: ["work"], limit: 10)
        let answer = try await store.exchange(Exchange(worker: worker, claim: request))
        #expect(answer.claim?.jobs.isEmpty == true)
        #expect(log.entries(with: "came back empty").map(\.level) == [.critical])
        await store.close()
    }
}
