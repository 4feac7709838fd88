import RoostSQLite
import Testing

@testable import RoostCommands

@Suite struct StoreURLTests {
    @Test(
        "a URL names a store",
        arguments: [
            ("memory:", .memory),
            ("MEMORY:", .memory),
            ("sqlite:app.db", .sqlite(path: "app.db", synchronous: .full)),
            ("sqlite:data/app.db", .sqlite(path: "data/app.db", synchronous: .full)),
            ("sqlite:/var/app.db", .sqlite(path: "/var/app.db", synchronous: .full)),
            ("sqlite:///var/app.db", .sqlite(path: "/var/app.db", synchronous: .full)),
            ("sqlite:app.db?synchronous=normal", .sqlite(path: "app.db", synchronous: .normal)),
            ("sqlite:app.db?synchronous=OFF", .sqlite(path: "app.db", synchronous: .off)),
            ("sqlite:app.db?", .sqlite(path: "app.db", synchronous: .full)),
            ("sqlite:my%20jobs%3F.db", .sqlite(path: "my jobs?.db", synchronous: .full)),
            ("sqlite:C%C3%A9.db", .sqlite(path: "Cé.db", synchronous: .full)),
        ] as [(String, StoreURL.Place)]
    )
    func reads(text: String, place: StoreURL.Place) throws {
        #expect(try StoreURL(text).place == place)
    }

    @Test(
        "a text that names none says what to write",
        arguments: [
            ("", "sqlite:app.db"),
            ("app.db", "sqlite:app.db"),
            ("sqlite:", "sqlite:app.db"),
            ("sqlite://", "sqlite:app.db"),
            ("sqlite://app.db", "sqlite:app.db"),
            ("sqlite::memory:", "memory:"),
            ("sqlite:100%.db", "%25"),
            ("sqlite:app.db?mode=ro", "synchronous=full|normal|off"),
            ("sqlite:app.db?synchronous=fast", "full, normal or off"),
            ("memory:app", "sqlite:app"),
            ("mysql://host/db", "there is no store 'mysql:': the stores are sqlite:PATH"),
            ("host=db dbname=app", "the stores are sqlite:PATH"),
        ]
    )
    func refuses(text: String, advice: String) {
        let error = #expect(throws: InvalidStoreURL.self) { try StoreURL(text) }
        #expect(error?.description.contains(advice) == true, "\(error?.description ?? "")")
    }

    #if Redis
    @Test(
        "a URL names a Redis store, and shows neither password nor options",
        arguments: [
            ("redis://localhost", "redis://localhost:6379/0 (namespace roost)"),
            ("REDIS://user:secret@host:7000/3", "redis://user@host:7000/3 (namespace roost)"),
            ("rediss://:secret@a,b:7?namespace=shop&tls-verify=ca", "rediss://a:6379,b:7/0 (namespace shop)"),
            ("redis+unix:///run/redis.sock?database=2", "redis+unix:///run/redis.sock?database=2 (namespace roost)"),
            (
                "redis+sentinel://a,b/main?sentinel-password=secret",
                "redis+sentinel://a:26379,b:26379/main/0 (namespace roost)"
            ),
            ("rediss+sentinel://a/main", "rediss+sentinel://a:26379/main/0 (namespace roost)"),
            ("redis+cluster://a:7000,b:7001", "redis+cluster://a:7000,b:7001 (namespace roost)"),
            ("rediss+cluster://u:secret@a", "rediss+cluster://u@a:6379 (namespace roost)"),
        ]
    )
    func redis(text: String, name: String) throws {
        let url = try StoreURL(text)
        guard case .redis(let place) = url.place else {
            Issue.record("it names \(url.place)")
            return
        }
        #expect("\(place)" == name)
        var dumped = ""
        dump(url, to: &dumped)
        for shown in ["\(url)", String(reflecting: url), dumped] { #expect(!shown.contains("secret"), "\(shown)") }
    }

    @Test(
        "a text that names no Redis store says what to write",
        arguments: [
            ("redis:host", "write redis://localhost:6379"),
            ("redis://host?size=3", "there are namespace, accept-eviction"),
            ("redis://host?accept-eviction=maybe", "it is true or false"),
            ("redis://host?replicas=-1", "from 0 to 100"),
            ("redis://host?namespace={a}", "namespace=shop"),
            ("redis+sentinel://host", "mymaster"),
        ]
    )
    func refusesRedis(text: String, advice: String) {
        let error = #expect(throws: InvalidStoreURL.self) { try StoreURL(text) }
        #expect(error?.description.contains(advice) == true, "\(error?.description ?? "")")
    }
    #else
    @Test("without the trait a Redis store says how to get it")
    func noRedis() {
        let error = #expect(throws: InvalidStoreURL.self) { try StoreURL("redis://host") }
        #expect(error?.description.contains(#"traits: [.defaults, "Redis"]"#) == true)
    }
    #endif

    #if Postgres
    @Test(
        "a URL names a Postgres store, and shows neither user, password nor options",
        arguments: [
            ("postgres://localhost/app", "postgres://localhost:5432/app (schema roost)"),
            ("POSTGRESQL://user:secret@host:7000/app", "postgres://host:7000/app (schema roost)"),
            ("postgres://a,b:7/app?password=secret&schema=shop", "postgres://a:5432,b:7/app (schema shop)"),
            ("postgresql://%2Frun%2Fpg/app?migrate=false", "postgres://%2Frun%2Fpg:5432/app (schema roost)"),
            ("postgres://host/app?prepare=false&listen=false", "postgres://host:5432/app (schema roost)"),
        ]
    )
    func postgres(text: String, name: String) throws {
        let url = try StoreURL(text)
        guard case .postgres(let place) = url.place else {
            Issue.record("it names \(url.place)")
            return
        }
        #expect("\(place)" == name)
        var dumped = ""
        dump(url, to: &dumped)
        for shown in ["\(url)", String(reflecting: url), dumped] { #expect(!shown.contains("secret"), "\(shown)") }
    }

    @Test(
        "a text that names no Postgres store says what to write",
        arguments: [
            ("postgres:host", "write postgres://user@localhost:5432/database"),
            ("postgres://host/app?size=3", "there are schema, migrate"),
            ("postgres://host/app?migrate=maybe", "it is true or false"),
            ("postgres://host/app?schema=1st", "schema=shop_jobs"),
            ("postgres://host:port/app", "write postgres://"),
        ]
    )
    func refusesPostgres(text: String, advice: String) {
        let error = #expect(throws: InvalidStoreURL.self) { try StoreURL(text) }
        #expect(error?.description.contains(advice) == true, "\(error?.description ?? "")")
    }
    #else
    @Test("without the trait a Postgres store says how to get it", arguments: ["postgres", "postgresql"])
    func noPostgres(scheme: String) {
        let error = #expect(throws: InvalidStoreURL.self) { try StoreURL("\(scheme)://host/app") }
        #expect(error?.description.contains(#"traits: [.defaults, "Postgres"]"#) == true)
    }
    #endif

    @Test(
        "an error never repeats a password",
        arguments: [
            "redis://user:secret@host?x=y", "redis://:sec%ret@host", "redis://:secret/secret@host",
            "redis://:secret?secret@host", "redis://secret@host", "redis://u:secret@host:port",
            "redis+sentinel://u:secret@host", "postgres://user:secret@host?x=y", "postgresql://u:secret@host:port/db",
            "postgres://u:secret@secret@host", "postgres://u:sec%ret@host/db", "postgres://u:secret/x@host/db",
            "redis+unix://u:secret@host/s",
            "redis://host?sentinel-password=secret", "redis+sentinel://host/m?sentinel-password=secret%",
            "host=db password=secret", "host=db password=secret:x", "password=secret://x host=db", "secret", "secret:x",
        ]
    )
    func password(text: String) {
        let error = #expect(throws: InvalidStoreURL.self) { try StoreURL(text) }
        let description = error?.description ?? ""
        #expect(!description.contains("secret") && !description.contains("sec%ret"), "\(description)")
    }
}
