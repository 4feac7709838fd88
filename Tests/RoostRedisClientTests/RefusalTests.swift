import RedisSupport
import Synchronization
import Testing

@testable import RoostRedisClient

@Suite struct RefusalTests {
    private func reason(_ configuration: RedisConfiguration) async throws -> String {
        let client = RedisClient(configuration, logger: silent)
        let error = await #expect(throws: RedisError.self) { try await client.get("PING") }
        guard case .refused(let reason) = error else { throw Missing(what: "a refusal, but \(error as Any)") }
        return reason
    }

    @Test("a wrong password, and a missing one, are said plainly and at once")
    func passwords() async throws {
        let server = try await RedisServer.start(.init(appendOnly: nil, password: "right"))
        var configuration = server.configuration
        configuration.timeout = .seconds(60)
        #expect(try await reason(configuration).contains("wants a password"))
        configuration.credentials = .init(user: nil, password: "wrong")
        let message = try await reason(configuration)
        #expect(message.contains("invalid username-password pair"))
        #expect(!message.contains("wrong"))
        configuration.credentials = .init(user: nil, password: "right")
        let client = RedisClient(configuration, logger: silent)
        #expect(try await client.get("PING") == .status("PONG"))
        _ = try await client.get("ACL", "SETUSER", "ann", "on", ">secret", "~*", "+@all")
        configuration.credentials = .init(user: "ann", password: "secret")
        #expect(try await RedisClient(configuration, logger: silent).get("ACL", "WHOAMI") == .bytes(Array("ann".utf8)))
    }

    @Test("no error repeats a password, also where the server does")
    func repeatedPassword() async throws {
        let server = try await RedisServer.bare(lines: ["rename-command AUTH \"\""])
        var configuration = server.configuration
        configuration.credentials = .init(user: "ann", password: "secret")
        let message = try await reason(configuration)
        #expect(message.contains("unknown command 'AUTH'"))
        #expect(!message.contains("secret"))
    }

    @Test("a database is selected, and one that is not there is refused")
    func databases() async throws {
        let server = try await RedisServer.bare()
        let client = RedisClient(server) { $0.database = 3 }
        _ = try await client.get("SET", "a", "1")
        #expect(try await client.get("CLIENT", "INFO").text?.contains(" db=3 ") == true)
        var configuration = server.configuration
        configuration.database = 99
        #expect(try await reason(configuration).contains("out of range"))
    }

    @Test("what is no Redis server is told at once")
    func noRedis() async throws {
        let fake = try await FakeServer { _ in ["HTTP/1.1 ", "400 Bad Request\r\n\r\n"] }
        var configuration = fake.configuration
        configuration.timeout = .seconds(60)
        let client = RedisClient(configuration, logger: silent)
        let error = await #expect(throws: RedisError.self) { try await client.get("PING") }
        guard case .protocolViolation(let reason) = error else { throw Missing(what: "a violation") }
        #expect(!reason.isEmpty)
    }

    @Test("garbage between answers ends in a violation, and the next call has a new connection")
    func garbage() async throws {
        let greetings = Atomic<Int>(0)
        let fake = try await FakeServer { text in
            if text.contains("SETNAME") {
                greetings.add(1, ordering: .relaxed)
                return ["+O", "K\r\n"]
            }
            return text.contains("BAD") ? ["*1\r", "\n", "?", "??\r\n"] : ["+", "PONG", "\r", "\n"]
        }
        let client = RedisClient(fake.configuration, logger: silent)
        #expect(try await client.get("PING") == .status("PONG"))
        let error = await #expect(throws: RedisError.self) { try await client.get("BAD", resend: .safe) }
        guard case .protocolViolation = error else { throw Missing(what: "a violation, but \(error as Any)") }
        let unknown = await #expect(throws: RedisError.self) { try await client.get("BAD", resend: .never) }
        guard case .unknownFate = unknown else { throw Missing(what: "an unknown fate, but \(unknown as Any)") }
        #expect(try await client.get("PING") == .status("PONG"))
        #expect(greetings.load(ordering: .relaxed) == 3)
    }

    @Test("a server that loads its data is asked again until it is ready")
    func loading() async throws {
        let asked = Atomic<Int>(0)
        let fake = try await FakeServer { text in
            if text.contains("SETNAME") { return ["+OK\r\n"] }
            let number = asked.add(1, ordering: .relaxed).newValue
            return number < 4 ? ["-LOADING Redis is loading the dataset in memory\r\n"] : ["+PONG\r\n"]
        }
        let client = RedisClient(fake.configuration, logger: silent)
        #expect(try await client.get("PING", resend: .never) == .status("PONG"))
        #expect(asked.load(ordering: .relaxed) == 4)
    }

    @Test("a server that loads its data for too long is said to")
    func loadingForEver() async throws {
        let fake = try await FakeServer { text in
            text.contains("SETNAME") ? ["+OK\r\n"] : ["-LOADING Redis is loading the dataset in memory\r\n"]
        }
        var configuration = fake.configuration
        configuration.timeout = .seconds(1)
        let client = RedisClient(configuration, logger: silent)
        let error = await #expect(throws: RedisError.self) { try await client.get("PING", resend: .never) }
        guard case .server("LOADING", _) = error else { throw Missing(what: "LOADING, but \(error as Any)") }
    }

    @Test("an answer that nobody asked for ends the connection")
    func unasked() async throws {
        let fake = try await FakeServer { text in text.contains("SETNAME") ? ["+OK\r\n"] : ["+PONG\r\n", "+PONG\r\n"] }
        let client = RedisClient(fake.configuration, logger: silent)
        for _ in 0..<3 { #expect(try await client.get("PING") == .status("PONG")) }
    }
}
