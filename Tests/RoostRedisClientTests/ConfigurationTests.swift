import Testing

@testable import RoostRedisClient

@Suite struct ConfigurationTests {
    @Test(
        "a URL names servers",
        arguments: [
            ("redis://localhost", .servers([.host("localhost", port: 6379)])),
            ("REDIS://localhost:7000/", .servers([.host("localhost", port: 7000)])),
            ("redis://[::1]", .servers([.host("::1", port: 6379)])),
            ("redis://[::1]:7000/0", .servers([.host("::1", port: 7000)])),
            (
                "redis://a,b:7001,[::1]",
                .servers([.host("a", port: 6379), .host("b", port: 7001), .host("::1", port: 6379)])
            ),
            ("rediss://u:p@a", .servers([.host("a", port: 6379)])),
            ("redis+unix:///run/re%20dis.sock?database=2", .servers([.unix("/run/re dis.sock")])),
            (
                "redis+sentinel://a,b:26380/main/3",
                .sentinel([.host("a", port: 26_379), .host("b", port: 26_380)], master: "main")
            ),
            ("rediss+sentinel://a/my%2Fmaster", .sentinel([.host("a", port: 26_379)], master: "my/master")),
            ("redis+cluster://a:7000,b:7001", .cluster([.host("a", port: 7000), .host("b", port: 7001)])),
            ("rediss+cluster://a/0", .cluster([.host("a", port: 6379)])),
        ] as [(String, RedisConfiguration.Topology)]
    )
    func topology(url: String, topology: RedisConfiguration.Topology) throws {
        #expect(try RedisConfiguration(url).topology == topology)
    }

    @Test(
        "a URL names a user and a password",
        arguments: [
            ("redis://host", nil),
            ("redis://:@host", nil),
            ("redis://:secret@host", .init(user: nil, password: "secret")),
            ("redis://ann:secret@host", .init(user: "ann", password: "secret")),
            ("redis://ann:@host", .init(user: "ann", password: "")),
            ("redis://a%3An:p%40s%2F%25:x@host", .init(user: "a:n", password: "p@s/%:x")),
            ("redis://ann:p@ss@host", .init(user: "ann", password: "p@ss")),
            ("redis+unix://ann:secret@/a.sock", .init(user: "ann", password: "secret")),
        ] as [(String, RedisConfiguration.Credentials?)]
    )
    func credentials(url: String, credentials: RedisConfiguration.Credentials?) throws {
        #expect(try RedisConfiguration(url).credentials == credentials)
    }

    @Test(
        "a URL names a database",
        arguments: [
            ("redis://host", 0), ("redis://host/", 0), ("redis://host/7", 7), ("redis+unix:///a.sock?database=2", 2),
            ("redis+sentinel://host/main", 0), ("redis+sentinel://host/main/4", 4), ("redis+cluster://host/", 0),
        ]
    )
    func database(url: String, database: Int) throws {
        #expect(try RedisConfiguration(url).database == database)
    }

    @Test("a URL has options, and those of others are handed on in order")
    func options() throws {
        let url = """
            rediss+sentinel://h/m?timeout=2.5&wait=1&connections=4&tls-ca=%2Fca.pem&tls-cert=c&tls-key=k&tls-verify=ca\
            &sentinel-user=s&sentinel-password=t&namespace=a%20b&empty=
            """
        let configuration = try RedisConfiguration(url)
        #expect(configuration.timeout == .milliseconds(2500))
        #expect(configuration.connections == 4)
        #expect(configuration.tls?.authorities == "/ca.pem")
        #expect(configuration.tls?.certificate == "c")
        #expect(configuration.tls?.key == "k")
        #expect(configuration.tls?.verification == .ca)
        #expect(configuration.sentinelCredentials == .init(user: "s", password: "t"))
        #expect(configuration.extra.map(\.name) == ["wait", "namespace", "empty"])
        #expect(configuration.extra.map(\.value) == ["1", "a b", ""])
        let plain = try RedisConfiguration("redis://h")
        #expect(plain.timeout == .seconds(5))
        #expect(plain.connections == 1)
        #expect(plain.tls == nil)
        #expect(try RedisConfiguration("rediss://h").tls?.verification == .full)
    }

    @Test(
        "a text that names no server says what to write",
        arguments: [
            ("", "redis://localhost:6379"),
            ("localhost:6379", "redis://localhost:6379"),
            ("http://localhost", "redis://"),
            ("redis://", "redis://localhost:6379"),
            ("redis:///2", "redis://localhost:6379"),
            ("redis://a,,b", "redis://localhost:6379"),
            ("redis://a:port", "1 to 65535"),
            ("redis://a:", "1 to 65535"),
            ("redis://a:0", "1 to 65535"),
            ("redis://a:65536", "1 to 65535"),
            ("redis://a:+1", "1 to 65535"),
            ("redis://::1", "[::1]:6379"),
            ("redis://[::1", "[::1]"),
            ("redis://[::1]x", "[::1]"),
            ("redis://host/two", "/2"),
            ("redis://host/1/2", "/2"),
            ("redis://host/-1", "/2"),
            ("redis://host?database=1", "behind the host: /2"),
            ("redis://secret@host", "redis://:password@host"),
            ("redis://host%", "%25"),
            ("redis://host?timeout=0", "timeout=2.5"),
            ("redis://host?timeout=nan", "timeout=2.5"),
            ("redis://host?timeout", "?timeout=5"),
            ("redis://host?connections=17", "1 to 16"),
            ("redis://host?connections=1&connections=2", "once"),
            ("redis://host?tls-ca=a", "rediss://"),
            ("rediss://host?tls-cert=a", "tls-key"),
            ("rediss://host?tls-verify=maybe", "full, ca or none"),
            ("redis://host?sentinel-password=a", "redis+sentinel://"),
            ("redis+sentinel://host/m?sentinel-user=a", "sentinel-password"),
            ("redis+sentinel://host", "redis+sentinel://host:26379/mymaster"),
            ("redis+cluster://host/1", "leave it out"),
            ("redis+unix://", "redis+unix:///path/to.sock"),
            ("redis+unix://path/to.sock", "three slashes"),
            ("rediss+unix:///a.sock", "redis+unix://"),
        ]
    )
    func refuses(url: String, advice: String) {
        let error = #expect(throws: InvalidRedisURL.self) { try RedisConfiguration(url) }
        #expect(error?.description.contains(advice) == true, "\(error?.description ?? "")")
    }

    @Test(
        "neither an error nor a description repeats a password",
        arguments: [
            "redis://user:secret@host/two", "redis://secret@host", "redis://:secret@", "redis://user:se/secret@host",
            "redis://user:se?secret@host", "redis://user:secret?x@host/0", "redis://user:secret/0@host:1",
            "redis://u:12/secret@host", "redis://u:12?secret=1@host", "redis://u:secret@host?timeout=never",
            "redis://:secret%@host", "redis+sentinel://u:secret@host",
            "rediss+sentinel://h/m?sentinel-user=u&sentinel-password=secret",
            "redis://host/0?sentinel-password=secret", "secret@host", "redis:/u:secret@host", "mysql://u:secret@host",
            "redis://u:secret@host/1?timeout=1&namespace=secret", "redis://[::secret@host",
        ]
    )
    func password(url: String) {
        do {
            let configuration = try RedisConfiguration(url)
            for part in [configuration, configuration.credentials as Any] as [Any] {
                #expect(!"\(part)".contains("secret"))
                #expect(!String(reflecting: part).contains("secret"))
            }
        } catch {
            #expect(!error.description.contains("secret"), "\(error)")
        }
    }

    @Test(
        "a configuration is described by its URL",
        arguments: [
            "redis://ann@a:1,[::1]:2/3", "rediss://a:1/0", "redis+unix:///a.sock?database=2",
            "redis+sentinel://a:1/main/0", "rediss+cluster://a:1,b:2",
        ]
    )
    func description(url: String) throws {
        let withPassword = url.replacing("ann@", with: "ann:secret@")
        #expect(try RedisConfiguration(withPassword).description == url)
    }

    @Test("whatever is written around a password, it is not repeated, and nothing traps")
    func chance() {
        let pieces = [":", "/", "?", "@", "%", "%4", "#", ",", "[", "]", "=", "&", "a", "0", "26379", "é", "timeout="]
        let schemes = ["redis", "rediss", "redis+unix", "redis+sentinel", "redis+cluster", "other"]
        func some() -> String { (0..<Int.random(in: 0..<4)).map { _ in pieces.randomElement() ?? "" }.joined() }
        for _ in 0..<20_000 {
            let scheme = schemes.randomElement() ?? ""
            let url = "\(scheme)://\(some()):\(some())s3cr3t\(some())@\(some())host\(some())"
            do {
                let configuration = try RedisConfiguration(url)
                #expect(!configuration.description.contains("s3cr3t"), "\(url)")
            } catch {
                #expect(!error.description.contains("s3cr3t"), "\(url)")
            }
        }
    }
}
