import Foundation
import ProcessSupport
import Testing

@testable import RoostRedisClient

@Suite struct TransportTests {
    @Test("a server is reached by its socket")
    func unixSocket() async throws {
        // A path of a socket is short, and that of the tests' folders may not be.
        let path = "/tmp/roost-\(UUID().uuidString.prefix(8)).sock"
        let server = try await TestServer(["--port", "0", "--unixsocket", path])
        let client = RedisClient(try RedisConfiguration("redis+unix://\(path)?database=2"), logger: silent)
        #expect(try await client.get("SET", "a", "1") == .status("OK"))
        #expect(server.log.contains(path))
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Certificates made for one test.
    private struct Certificates {
        let folder: TemporaryFolder

        init() async throws {
            folder = try TemporaryFolder()
            let script = """
                set -e
                new() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key; }
                ca() { new $1; openssl req -x509 -new -key $1.key -days 2 -subj /CN=$1 -out $1.pem; }
                leaf() {
                    new $1
                    openssl req -new -key $1.key -subj /CN=$1 -out $1.csr
                    printf "subjectAltName=$2" > $1.ext
                    openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile $1.ext -out $1.pem
                }
                ca ca; ca stranger
                leaf server IP:127.0.0.1,DNS:localhost
                leaf elsewhere DNS:elsewhere.example
                leaf client DNS:client
                """
            let result = try await Program(at: "/bin/sh", ["-c", script], in: folder.path).result()
            guard result.status == 0 else { throw Missing(what: "certificates: \(result.errors)") }
        }

        func path(_ name: String) -> String { folder.file(name) }

        func server(_ name: String, clients: String = "no") async throws -> TestServer {
            let port = try TestServer.freePort()
            return try await TestServer(
                [
                    "--port", "0", "--tls-port", "\(port)", "--tls-cert-file", path("\(name).pem"), "--tls-key-file",
                    path("\(name).key"), "--tls-ca-cert-file", path("ca.pem"), "--tls-auth-clients", clients,
                ],
                port: port
            )
        }
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
        let certificates = try await Certificates()
        let server = try await certificates.server("server")
        let (ca, stranger) = (certificates.path("ca.pem"), certificates.path("stranger.pem"))
        let pong = RedisValue.status("PONG")
        #expect(try await ping("rediss://127.0.0.1:\(server.port)?tls-ca=\(ca)") == pong)
        #expect(try await ping("rediss://localhost:\(server.port)?tls-ca=\(ca)") == pong)
        #expect(try await ping("rediss://localhost:\(server.port)?tls-verify=none") == pong)
        for options in [
            "tls-ca=\(stranger)", "timeout=60", "tls-ca=\(ca).nowhere", "tls-ca=\(certificates.path("ca.key"))",
        ] {
            let error = await #expect(throws: RedisError.self) {
                try await ping("rediss://localhost:\(server.port)?\(options)")
            }
            guard case .refused(let reason) = error else { throw Missing(what: "a refusal, but \(error as Any)") }
            #expect(reason.contains("TLS"))
        }
    }

    @Test("a certificate for another host is believed only where the host does not count")
    func otherHost() async throws {
        let certificates = try await Certificates()
        let server = try await certificates.server("elsewhere")
        let ca = certificates.path("ca.pem")
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
        let certificates = try await Certificates()
        let server = try await certificates.server("server", clients: "yes")
        let url = "rediss://localhost:\(server.port)?tls-ca=\(certificates.path("ca.pem"))"
        let pair = "&tls-cert=\(certificates.path("client.pem"))&tls-key=\(certificates.path("client.key"))"
        #expect(try await ping(url + pair) == .status("PONG"))
        await #expect(throws: RedisError.self) { try await ping(url + "&timeout=0.5") }
    }
}
