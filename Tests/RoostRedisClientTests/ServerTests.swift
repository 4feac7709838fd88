import ProcessSupport
import RedisSupport
import Synchronization
import TCPProxy
import Testing

@testable import RoostRedisClient

@Suite struct ServerTests {
    @Test("ten thousand calls of many tasks get their own answers")
    func pipelining() async throws {
        let server = try await RedisServer.bare()
        let client = RedisClient(server)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<100 {
                group.addTask {
                    for turn in 0..<100 {
                        let word = "\(task)-\(turn)"
                        let value = try await client.get("ECHO", word)
                        #expect(value == .bytes(Array(word.utf8)))
                    }
                }
            }
            try await group.waitForAll()
        }
        let info = try await client.get("INFO", "clients").text ?? ""
        #expect(info.contains("connected_clients:1"))
        await client.close()
    }

    @Test("a pipeline answers in order, and an error in its place")
    func pipeline() async throws {
        let server = try await RedisServer.bare()
        let client = RedisClient(server)
        let values = try await client.pipeline(
            [RedisCommand("SET", "a", "1"), RedisCommand("LPUSH", "a", "x"), RedisCommand("GET", "a")],
            resend: .safe
        )
        #expect(values.count == 3)
        #expect(values.first == .status("OK"))
        #expect(values.dropFirst().first?.serverError?.code == "WRONGTYPE")
        #expect(values.last == .bytes([0x31]))
    }

    @Test("a script is loaded again after SCRIPT FLUSH")
    func scripts() async throws {
        let server = try await RedisServer.bare()
        let script = RedisScript(name: "add", source: "return redis.call('INCRBY', KEYS[1], ARGV[1])")
        let client = RedisClient(server.configuration, scripts: [script], logger: silent)
        for turn in 1...3 {
            let value = try await client.run(script, keys: ["n"], resend: .never) { $0.append(2) }
            #expect(value == .integer(Int64(turn * 2)))
            _ = try await client.get("SCRIPT", "FLUSH")
        }
    }

    @Test("a script that is loaded first is asked about nevertheless")
    func scriptAndQuestion() async throws {
        let server = try await RedisServer.bare()
        let script = RedisScript(name: "write", source: "return redis.call('INCR', KEYS[1])")
        let client = RedisClient(server)
        for turn in 1...2 {
            _ = try await client.get("SCRIPT", "FLUSH")
            let wait = RedisCommand("WAIT", "0", "1000")
            let replies = try await client.run(script, keys: ["n"], followedBy: [wait], resend: .never)
            #expect(replies == [.integer(Int64(turn)), .integer(0)])
        }
    }

    @Test("a client goes on after CLIENT KILL")
    func kill() async throws {
        let server = try await RedisServer.bare()
        let client = RedisClient(server)
        for _ in 0..<20 {
            #expect(try await client.get("PING") == .status("PONG"))
            let other = RedisClient(server)
            _ = try await other.get("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            await other.close()
        }
        #expect(try await client.get("PING") == .status("PONG"))
    }

    @Test("a call that may not be sent twice says when its fate is unknown, and one that may is sent again")
    func fate() async throws {
        let server = try await RedisServer.bare()
        let client = RedisClient(server) { $0.timeout = .seconds(60) }
        let other = RedisClient(server)
        let never = Task { try await client.get("BLPOP", "list", "0", resend: .never) }
        let safe = Task { try await client.get("BLPOP", "list", "0", resend: .safe) }
        try await waitUntil("both are under way") { try await self.blocked(other) == 1 }
        _ = try await other.get("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        let error = await #expect(throws: RedisError.self) { try await never.value }
        guard case .unknownFate = error else { throw Missing(what: "an unknown fate") }
        try await waitUntil("one is sent again") { try await self.blocked(other) == 1 }
        _ = try await other.get("LPUSH", "list", "x")
        #expect(try await safe.value.array?.last?.text == "x")
    }

    private func blocked(_ client: RedisClient) async throws -> Int {
        let info = try await client.get("INFO", "clients").text ?? ""
        return info.contains("blocked_clients:1") ? 1 : 0
    }

    @Test("calls wait for a server that starts anew")
    func restart() async throws {
        let server = try await RedisServer.bare()
        let client = RedisClient(server) { $0.timeout = .seconds(20) }
        #expect(try await client.get("SET", "a", "1") == .status("OK"))
        server.kill()
        let fresh = RedisClient(server) { $0.timeout = .seconds(20) }
        async let answer = client.get("PING", resend: .safe)
        async let answers = fresh.pipeline([RedisCommand("SET", "b", "2"), RedisCommand("DBSIZE")], resend: .never)
        try await Task.sleep(for: .milliseconds(100))
        try await server.restart()
        #expect(try await answers == [.status("OK"), .integer(1)])
        #expect(try await answer == .status("PONG"))
    }

    @Test("a server that is not there is said to be after the time limit")
    func unreachable() async throws {
        let port = try Loopback.freePort()
        var configuration = RedisConfiguration(topology: .servers([.host("127.0.0.1", port: port)]))
        configuration.timeout = .seconds(1)
        let client = RedisClient(configuration, logger: silent)
        let error = await #expect(throws: RedisError.self) { try await client.get("PING") }
        guard case .unreachable(let reason) = error else { throw Missing(what: "what is unreachable") }
        #expect(reason == "127.0.0.1:\(port): Connection refused")
    }

    @Test("a server that stands still costs its callers their time limit, and serves them when it goes on")
    func frozen() async throws {
        let server = try await RedisServer.bare()
        let client = RedisClient(server) { $0.timeout = .seconds(1) }
        try await waitUntil("it answers") { (try? await client.get("PING")) == .status("PONG") }
        server.pause()
        let safe = Task { try await client.get("PING", resend: .safe) }
        let never = Task { try await client.get("PING", resend: .never) }
        let late = await #expect(throws: RedisError.self) { try await safe.value }
        let unknown = await #expect(throws: RedisError.self) { try await never.value }
        server.resume()
        guard case .timedOut = late else { throw Missing(what: "a time limit, but \(late as Any)") }
        guard case .unknownFate = unknown else { throw Missing(what: "an unknown fate, but \(unknown as Any)") }
        try await waitUntil("it answers") { (try? await client.get("PING")) == .status("PONG") }
    }

    @Test("a cancelled caller gets its answer nevertheless, before and during the call")
    func cancellation() async throws {
        let server = try await RedisServer.bare()
        let client = RedisClient(server) { $0.timeout = .seconds(60) }
        let other = RedisClient(server)
        let task = Task { try await client.get("BLPOP", "list", "0") }
        try await waitUntil("it is under way") { try await self.blocked(other) == 1 }
        task.cancel()
        _ = try await other.get("LPUSH", "list", "x")
        #expect(try await task.value.array?.count == 2)
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.get("PING")
        }
        #expect(try await early.value == .status("PONG"))
    }

    @Test("closing ends the calls under way, and there are none after it")
    func close() async throws {
        let server = try await RedisServer.bare()
        let client = RedisClient(server) { $0.timeout = .seconds(60) }
        let other = RedisClient(server)
        let task = Task { try await client.get("BLPOP", "list", "0", resend: .never) }
        try await waitUntil("it is under way") { try await self.blocked(other) == 1 }
        await client.close()
        for call in [task, Task { try await client.get("PING") }] {
            let error = await #expect(throws: RedisError.self) { try await call.value }
            guard case .closed = error else { throw Missing(what: "a closed client") }
        }
    }

    @Test("each new connection is looked at before it is used, and what is wrong is told to those who wait")
    func onConnect() async throws {
        struct Empty: Error {}
        let server = try await RedisServer.bare()
        let links = Mutex<[String]>([])
        let client = RedisClient(server.configuration, logger: silent) { link in
            let value = try await link.send(RedisCommand("INCR", "links"))
            links.withLock { $0.append("\(link.address) \(value.integer ?? 0)") }
            if value == .integer(3) { throw Empty() }
        }
        for _ in 0..<2 {
            _ = try await client.get("PING")
            _ = try? await client.get("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no", resend: .never)
        }
        let error = await #expect(throws: RedisError.self) { try await client.get("PING") }
        guard case .checkFailed(let reason) = error, reason is Empty else { throw Missing(what: "a failed check") }
        #expect(try await client.get("PING") == .status("PONG"))
        #expect(links.withLock { $0 } == (1...4).map { "127.0.0.1:\(server.port) \($0)" })
    }

    @Test("calls are spread over connections")
    func connections() async throws {
        let server = try await RedisServer.bare()
        let client = RedisClient(server) { $0.connections = 4 }
        for _ in 0..<8 { _ = try await client.get("PING") }
        let list = try await client.get("CLIENT", "LIST").text ?? ""
        #expect(list.split(separator: "\n").count { $0.contains("name=roost") } == 4)
    }

    @Test("a write on a replica looks for the master, until the server is one")
    func readOnly() async throws {
        let server = try await RedisServer.bare(lines: ["replica-serve-stale-data yes"])
        let client = RedisClient(server) { $0.timeout = .seconds(20) }
        let other = RedisClient(server)
        let nowhere = try Loopback.freePort()
        _ = try await other.get("REPLICAOF", "127.0.0.1", "\(nowhere)")
        async let answer = client.get("SET", "a", "1", resend: .never)
        try await Task.sleep(for: .milliseconds(50))
        _ = try await other.get("REPLICAOF", "NO", "ONE")
        #expect(try await answer == .status("OK"))
    }

    @Test("of several servers, the first that is a master is used")
    func severalServers() async throws {
        let replica = try await RedisServer.bare()
        let master = try await RedisServer.bare()
        let other = RedisClient(replica)
        _ = try await other.get("REPLICAOF", "127.0.0.1", "\(master.port)")
        let nobody = RedisAddress.host("127.0.0.1", port: try Loopback.freePort())
        let topology = RedisConfiguration.Topology.servers([nobody, replica.address, master.address])
        let client = RedisClient(RedisConfiguration(topology: topology), logger: silent)
        #expect(try await client.get("SET", "a", "1") == .status("OK"))
        #expect(try await RedisClient(master).get("GET", "a") == .bytes([0x31]))
    }

    @Test("in a storm of CLIENT KILL, all that is acknowledged was done once, and the rest may have been")
    func storm() async throws {
        let server = try await RedisServer.bare()
        let client = RedisClient(server) { $0.connections = 2 }
        let other = RedisClient(server)
        let isOver = Atomic<Bool>(false)
        let progress = Counter()
        let storm = Task {
            var kills = 0
            while !isOver.load(ordering: .relaxed) {
                let before = progress.value
                kills += Int(try await other.get("CLIENT", "KILL", "TYPE", "normal").integer ?? 0)
                // However slow this machine is now, there is something to kill.
                while progress.value == before, !isOver.load(ordering: .relaxed) {
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            return kills
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<20 {
                group.addTask {
                    var (done, unknown) = (Int64(0), Int64(0))
                    for turn in 0..<60 {
                        let word = "\(task)-\(turn)"
                        let echo = try await client.get("ECHO", word, resend: .safe)
                        #expect(echo == .bytes(Array(word.utf8)))
                        progress.add()
                        do throws(RedisError) {
                            _ = try await client.get("INCR", "\(task)", resend: .never)
                            done += 1
                        } catch {
                            guard case .unknownFate = error else { throw error }
                            unknown += 1
                        }
                    }
                    let value = Int64(try await client.get("GET", "\(task)").text ?? "") ?? 0
                    #expect((done...done + unknown).contains(value))
                }
            }
            try await group.waitForAll()
        }
        isOver.store(true, ordering: .relaxed)
        #expect(try await storm.value > 10)
    }
}
