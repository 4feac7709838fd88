import ProcessSupport
import RedisSupport
import Testing

@testable import RoostRedisClient

@Suite struct TransportTests {
    @Test("a server is reached by its socket")
    func unixSocket() async throws {
        let server = try await RedisServer.bare()
        let path = server.socketPath
        let client = RedisClient(try RedisConfiguration("redis+unix://\(path)?database=2"), logger: silent)
        #expect(try await client.get("SET", "a", "1") == .status("OK"))
        #expect(try await client.get("CLIENT", "INFO").text?.contains(path) == true)
    }

    private func ping(_ url: String) async throws(RedisError) -> RedisValue {
        do {
            return try await RedisClient(try RedisConfiguration(url), logger: silent).get("PING")
        } catch let error as RedisError {
            throw error
        } catch {
            throw .refused("\(error)")
        }
    }

    @Test("a server is reached by TLS, and believed if a known authority says who it is")
    func tls() async throws {
        let certificates = try await TestCertificates.make()
        let others = try await TestCertificates.make()
        let server = try await RedisServer.start(.init(appendOnly: nil, certificates: certificates))
        let ca = certificates.authority
        let pong = RedisValue.status("PONG")
        #expect(try await ping("rediss://127.0.0.1:\(server.port)?tls-ca=\(ca)") == pong)
        #expect(try await ping("rediss://localhost:\(server.port)?tls-ca=\(ca)") == pong)
        #expect(try await ping("rediss://localhost:\(server.port)?tls-verify=none") == pong)
        for options in [
            "tls-ca=\(others.authority)", "timeout=60", "tls-ca=\(ca).nowhere", "tls-ca=\(certificates.key)",
        ] {
            let error = await #expect(throws: RedisError.self) {
                try await ping("rediss://localhost:\(server.port)?\(options)")
            }
            guard case .refused(let reason) = error else { throw Missing(what: "a refusal, but \(error as Any)") }
            #expect(reason.contains("TLS"))
        }
    }

    @Test("a server that closes the connection within the handshake may be ready later")
    func closedHandshake() async throws {
        let server = try await FakeServer { _ in nil }
        let error = await #expect(throws: RedisError.self) {
            try await ping("rediss://127.0.0.1:\(server.port)?timeout=0.3")
        }
        guard case .unreachable = error else { throw Missing(what: "no connection, but \(error as Any)") }
    }

    @Test("a certificate for another host is believed only where the host does not count")
    func otherHost() async throws {
        let certificates = try await TestCertificates.make(names: "DNS:elsewhere.example")
        let server = try await RedisServer.start(.init(appendOnly: nil, certificates: certificates))
        let ca = certificates.authority
        for host in ["localhost", "127.0.0.1"] {
            let error = await #expect(throws: RedisError.self) {
                try await ping("rediss://\(host):\(server.port)?tls-ca=\(ca)")
            }
            guard case .refused = error else { throw Missing(what: "a refusal, but \(error as Any)") }
            #expect(try await ping("rediss://\(host):\(server.port)?tls-ca=\(ca)&tls-verify=ca") == .status("PONG"))
        }
    }

    @Test("a client proves who it is by a certificate")
    func clientCertificate() async throws {
        let certificates = try await TestCertificates.make()
        let server = try await RedisServer.start(
            .init(appendOnly: nil, certificates: certificates, asksClientsForCertificate: true)
        )
        let url = "rediss://localhost:\(server.port)?tls-ca=\(certificates.authority)"
        let pair = "&tls-cert=\(certificates.clientCertificate)&tls-key=\(certificates.clientKey)"
        #expect(try await ping(url + pair) == .status("PONG"))
        await #expect(throws: RedisError.self) { try await ping(url + "&timeout=0.5") }
    }
}
