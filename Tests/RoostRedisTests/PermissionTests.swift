import Foundation
import Logging
import RedisSupport
import RoostCore
import RoostRedis
import RoostTesting
import StoreFaults
import Testing

@Suite("A user who may do only what Roost needs", .timeLimit(.minutes(5)))
struct PermissionTests {
    /// As the guide "Redis" has it.
    private static let rules = """
        ~{roost}:* &{roost}:* -@all +ping +script|load +evalsha +client|setname +info +config|get \
        +time +spublish +ssubscribe \
        +exists +del +rename +get +set +mget +mset +msetnx +append +strlen +getrange +setrange \
        +hget +hset +hmget +hgetall +hdel +hexists +hincrby \
        +lpop +lpush +rpush +lrange +ltrim +sadd +srem +sismember +smembers \
        +zadd +zrem +zscore +zcount +zrange +zrangebylex +zrangebyscore +zremrangebyrank +zremrangebyscore
        """

    private static func startServer() async throws -> (server: RedisServer, admin: RedisProbe) {
        let user = RedisServer.Options.User("app", password: "pw", rules: rules)
        let server = try await RedisServer.start(.init(password: "admin", user: user))
        return (server, try RedisProbe(port: server.port, password: "admin"))
    }

    @Test("keeps all promises of stores, is refused nothing, and is allowed nothing for nothing")
    func promises() async throws {
        let (server, admin) = try await Self.startServer()
        for promise in StoreConformance.cases {
            try admin.command("FLUSHALL")
            let subject = StoreConformance.Subject(
                makeStore: { time in try await RedisStore(server.url, options: .init(time: time)) },
                reopen: { _, time in try await RedisStore(server.url, options: .init(time: time)) }
            )
            try await promise.run(on: subject)
        }
        let refused = try admin.command("ACL", "LOG").array?.map { $0.fields["object"] ?? "" }
        #expect(refused == [])
        let used = Set(try admin.info("commandstats").keys.map { $0.replacing("cmdstat_", with: "+") })
        let allowed = Set(Self.rules.split(separator: " ").filter { $0.hasPrefix("+") }.map(String.init))
        // A subscription asks for a sign of life after a while; and here a test clock serves.
        #expect(allowed.subtracting(used).subtracting(["+ping", "+time"]).sorted() == [])
    }

    @Test("runs a worker, which hears of jobs")
    func worker() async throws {
        let (server, admin) = try await Self.startServer()
        let queue = try await JobQueue(.redis(server.url), logger: CapturedLog().logger)
        let worker = Worker(queue, options: WorkerOptions(concurrency: 2), jobs: [Twice.self], discoversJobs: false)
        let running = Task { try await worker.run() }
        let handle = try await queue.enqueue(Twice(number: 21))
        #expect(try await handle.value(timeout: .seconds(60)) == 42)
        running.cancel()
        _ = await running.result
        await queue.close()
        #expect(try admin.command("ACL", "LOG").array?.isEmpty == true)
    }

    @Test("is refused at the opening where it may not wake others, before anything is written")
    func noChannels() async throws {
        let (server, admin) = try await Self.startServer()
        try admin.command("ACL", "SETUSER", "app", "resetchannels", "&other:*")
        let error = await #expect(throws: StoreError.self) { _ = try await RedisStore(server.url) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("+spublish &{roost}:*") == true, "\(error?.message ?? "")")
        #expect(try admin.command("KEYS", "*").texts == [])
    }

    @Test("does its work where it may wake others no longer")
    func channelsTakenAway() async throws {
        let (server, admin) = try await Self.startServer()
        let store = try await RedisStore(server.url, options: .init(time: TestTimeSource()))
        let worker = try await store.register(WorkerRegistration(name: "test"))
        try admin.command("ACL", "SETUSER", "app", "-spublish")
        let (plain, parent, child) = (NewJob(kind: "work"), NewJob(kind: "work"), NewJob(kind: "work"))
        _ = try await store.enqueue(EnqueueBatch(jobs: [plain]))
        let edge = NewEdge(parent: parent.id, child: child.id, condition: .success, position: 0)
        _ = try await store.enqueue(EnqueueBatch(jobs: [parent, child], edges: [edge]))
        for expected in [[plain.id, parent.id], [child.id]] {
            let claim = try await store.claim(ClaimRequest(kinds: ["work"], limit: 10), for: worker)
            #expect(claim.jobs.map(\.id) == expected)
            let items = claim.jobs.map {
                SettleItem(job: $0.id, token: $0.token, end: .succeeded(output: nil), startedAt: nil)
            }
            #expect(try await store.settle(items, for: worker).allSatisfy { $0 == .applied })
        }
        await store.close()
    }

    @Test("the guide has these permissions")
    func guide() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "Sources/Roost/Roost.docc/Redis.md"), encoding: .utf8)
        let words = text.split { $0 == " " || $0.isNewline }.filter { $0.hasPrefix("+") }
        let needed = Self.rules.split(separator: " ").filter { $0.hasPrefix("+") }
        #expect(Set(needed).isSubset(of: words), "missing: \(Set(needed).subtracting(words))")
    }
}

private struct Twice: Job {
    var number: Int

    func run() async throws -> Int { number * 2 }
}
