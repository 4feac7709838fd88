import Foundation
import Testing

@testable import RoostRedisClient

@Suite struct ServerTests {
    @Test("ten thousand calls of many tasks get their own answers")
    func pipelining() async throws {
        let server = try await TestServer()
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
        #expect(info.contains("connected_clients:1\r"))
        await client.close()
    }

    @Test("a pipeline answers in order, and an error in its place")
    func pipeline() async throws {
        let server = try await TestServer()
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
        let server = try await TestServer()
        let script = RedisScript(name: "add", source: "return redis.call('INCRBY', KEYS[1], ARGV[1])")
        let client = RedisClient(server.configuration, scripts: [script], logger: silent)
        for turn in 1...3 {
            let value = try await client.run(script, keys: ["n"], resend: .never) { $0.append(2) }
            #expect(value == .integer(Int64(turn * 2)))
            _ = try await client.get("SCRIPT", "FLUSH")
        }
    }

    @Test("a client goes on after CLIENT KILL")
    func kill() async throws {
        let server = try await TestServer()
        let client = RedisClient(server)
        for _ in 0..<20 {
            #expect(try await client.get("PING") == .status("PONG"))
            let other = RedisClient(server)
            _ = try await other.get("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            await other.close()
        }
        #expect(try await client.get("PING") == .status("PONG"))
    }
}
