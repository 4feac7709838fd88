import Foundation
import GRDB
import RedisSupport
import RoostCore
import RoostSQLite
import Testing

@testable import RoostCommands

@Suite("doctor on SQLite") struct SQLiteDoctorTests {
    @Test("it finds nothing wrong with a good file, and changes nothing")
    func good() async throws {
        try await withFolder { folder in
            let run = TestCommandLine(RoostTool.self, store: "sqlite:\(folder)/jobs.db")
            for _ in 0..<3 { _ = await run("enqueue", "Alpha") }
            let before = files(in: folder)
            let result = await run("doctor")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.hasPrefix("sqlite:\(folder)/jobs.db\n"))
            for words in [["ok", "schema", "version", "1"], ["ok", "journal", "wal"], ["ok", "jobs", "3", "ready"]] {
                let found = result.output.split(separator: "\n").contains {
                    $0.split(separator: " ").map(String.init) == words
                }
                #expect(found, "\(words) is missing in:\n\(result.output)")
            }
            #expect(line("ok", "integrity", in: result.output) != nil)
            #expect(line("ok", "synchronous", "full", in: result.output) != nil)
            #expect(Set(before).isSubset(of: files(in: folder)))
            #expect(await run("counts").output.contains("Alpha"))
        }
    }

    @Test("a file that is not there is a problem, and is not made")
    func missing() async throws {
        try await withFolder { folder in
            let result = await TestCommandLine(RoostTool.self)("doctor", "sqlite:\(folder)/none.db")
            #expect(result.status == 1)
            #expect(line("problem", "reachable", in: result.output)?.contains("there is no file") == true)
            #expect(result.errors == "app: there is a problem\n")
            #expect(files(in: folder).isEmpty)
        }
    }

    @Test("a file that is no database, or damaged, or newer, is a problem")
    func bad() async throws {
        try await withFolder { folder in
            let run = TestCommandLine(RoostTool.self)
            try Data("these are my notes, and no database at all".utf8).write(to: URL(filePath: "\(folder)/notes.txt"))
            let foreign = await run("doctor", "sqlite:\(folder)/notes.txt")
            #expect(foreign.status == 1)
            #expect(line("problem", "reachable", in: foreign.output)?.contains("not a SQLite database") == true)

            let path = "\(folder)/jobs.db"
            for _ in 0..<300 { _ = await run("enqueue", "Alpha", "--store", "sqlite:\(path)") }
            let database = try DatabaseQueue(path: path)
            try await database.write { try $0.execute(sql: "UPDATE roost_meta SET value = 99 WHERE key = 'schema'") }
            let newer = await run("doctor", "sqlite:\(path)")
            #expect(newer.status == 1)
            #expect(line("problem", "schema", "version", "99,", in: newer.output) != nil, "\(newer.output)")

            try await database.writeWithoutTransaction { db in
                try db.execute(sql: "UPDATE roost_meta SET value = 1 WHERE key = 'schema'")
                try db.checkpoint(.truncate)
            }
            try database.close()
            // The pages of the tables, not the first, which has the schema.
            let file = try FileHandle(forUpdating: URL(filePath: path))
            let size = try file.seekToEnd()
            try file.seek(toOffset: 8 * 4096)
            try file.write(contentsOf: Data(repeating: 0xFF, count: Int(size) - 8 * 4096))
            try file.close()
            let damaged = await run("doctor", "sqlite:\(path)")
            #expect(damaged.status == 1, "\(damaged.output)")
            #expect(damaged.output.contains("problem"))
        }
    }

    @Test("what is less safe than it could be is a warning, and no failure")
    func synchronous() async throws {
        try await withFolder { folder in
            let run = TestCommandLine(RoostTool.self, store: "sqlite:\(folder)/jobs.db?synchronous=normal")
            _ = await run("enqueue", "Alpha")
            let result = await run("doctor", "--json")
            #expect(result.status == 0)
            let json = try JSONParser.parse(result.output)
            #expect(json["severity"] == "warning")
            guard case .array(let findings)? = json["findings"] else {
                Issue.record("no findings in \(result.output)")
                return
            }
            let finding = try #require(findings.first { $0["subject"] == "synchronous" })
            #expect(finding["severity"] == "warning")
            #expect(finding["what"] == "normal")
            #expect(finding["advice"] != .null)
            #expect(findings.first { $0["subject"] == "integrity" }?["advice"] == .null)
        }
    }

    @Test("the store is given once")
    func twice() async {
        let result = await TestCommandLine(RoostTool.self)("doctor", "memory:", "--store", "memory:")
        #expect(result.status == 64)
        #expect(await TestCommandLine(RoostTool.self)("doctor", "memory:").status == 0)
        #expect(await TestCommandLine(RoostTool.self)("doctor", "nonsense:").status == 64)
    }
}

#if Redis
@Suite("doctor on Redis", .timeLimit(.minutes(3))) struct RedisDoctorTests {
    @Test("it finds nothing wrong with a good server, and makes nothing there")
    func good() async throws {
        let server = try await RedisServer.start(.init(appendOnly: .always))
        let run = TestCommandLine(RoostTool.self, store: server.url)
        let empty = await run("doctor")
        #expect(empty.status == 0, "\(empty.output)\(empty.errors)")
        #expect(line("ok", "namespace", "roost:", "nothing", in: empty.output) != nil, "\(empty.output)")
        #expect(try server.probe().command("DBSIZE").integer == 0)

        _ = await run("enqueue", "Alpha")
        let result = await run("doctor")
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("redis://127.0.0.1:\(server.port)/0 (namespace roost)\n"))
        for subject in ["reachable", "version", "role", "persistence", "eviction", "memory", "replicas", "clock"] {
            #expect(line("ok", subject, in: result.output) != nil, "\(subject) is missing in:\n\(result.output)")
        }
        #expect(line("ok", "namespace", "roost:", "model", "1", in: result.output) != nil)
        #expect(line("ok", "jobs", "1", "ready", in: result.output) != nil)
        #expect(!result.output.contains("warning"))
    }

    @Test("a server that keeps nothing is a problem")
    func noPersistence() async throws {
        let server = try await RedisServer.start(.init(appendOnly: nil))
        let result = await TestCommandLine(RoostTool.self)("doctor", server.url)
        #expect(result.status == 1)
        #expect(line("problem", "persistence", "nothing", in: result.output) != nil, "\(result.output)")
        #expect(result.output.contains("→ set appendonly yes"))
        #expect(result.errors == "app: there is a problem\n")
    }

    @Test("a server that may drop jobs is a problem, also where that is accepted")
    func eviction() async throws {
        let server = try await RedisServer.start(.init(maxMemory: "64mb", maxMemoryPolicy: "allkeys-lru"))
        for options in ["", "?accept-eviction=true"] {
            let result = await TestCommandLine(RoostTool.self)("doctor", server.url + options, "--json")
            #expect(result.status == 1)
            let json = try JSONParser.parse(result.output)
            #expect(json["severity"] == "problem")
            #expect(result.output.contains("accept-eviction"))
        }
    }

    @Test("a wrong password is a problem, and no password is shown")
    func password() async throws {
        let server = try await RedisServer.start(.init(password: "right-one"))
        let good = await TestCommandLine(RoostTool.self)("doctor", server.url)
        #expect(good.status == 0, "\(good.output)")
        #expect(!good.output.contains("right-one"))
        for credentials in ["", ":wrong-one@"] {
            let url = "redis://\(credentials)127.0.0.1:\(server.port)"
            let result = await TestCommandLine(RoostTool.self)("doctor", url)
            #expect(result.status == 1)
            #expect(line("problem", "reachable", in: result.output)?.contains("password") == true, "\(result.output)")
            #expect(!(result.output + result.errors).contains("wrong-one"))
        }
    }

    @Test("no server is a problem, and so is something else that listens")
    func nobody() async throws {
        let server = try await RedisServer.start()
        let url = "\(server.url)?timeout=1"
        server.kill()
        let result = await TestCommandLine(RoostTool.self)("doctor", url)
        #expect(result.status == 1)
        #expect(line("problem", "reachable", in: result.output) != nil, "\(result.output)")
        #expect(result.output.contains("→ start the server"))
    }

    @Test("a replica is a problem")
    func replica() async throws {
        let master = try await RedisServer.start()
        let replica = try await RedisServer.start(.init(replicaOf: master))
        let result = await TestCommandLine(RoostTool.self)("doctor", replica.url)
        #expect(result.status == 1)
        #expect(line("problem", "role", "a", "replica", in: result.output) != nil, "\(result.output)")
        let ofMaster = await TestCommandLine(RoostTool.self)("doctor", "\(master.url)?replicas=1")
        #expect(ofMaster.status == 0)
        #expect(line("ok", "replicas", "127.0.0.1:\(replica.port)", in: ofMaster.output) != nil, "\(ofMaster.output)")
    }

    @Test("keys that are not Roost's, or of a newer one, are a problem")
    func namespace() async throws {
        let server = try await RedisServer.start()
        try server.probe().command("SET", "{a}:meta", "mine")
        try server.probe().command("HSET", "{b}:meta", "epoch", "0123456789abcdef", "model", "99")
        for (namespace, word) in [("a", "WRONGTYPE"), ("b", "model 99")] {
            let result = await TestCommandLine(RoostTool.self)("doctor", "\(server.url)?namespace=\(namespace)")
            #expect(result.status == 1)
            #expect(line("problem", "namespace", in: result.output)?.contains(word) == true, "\(result.output)")
        }
    }

    @Test("what the server does not tell is a warning")
    func noConfig() async throws {
        let server = try await RedisServer.start(
            .init(user: .init("app", password: "pw", rules: "~* &* +@all -config"))
        )
        let result = await TestCommandLine(RoostTool.self)("doctor", server.url)
        #expect(result.status == 0)
        #expect(line("warning", "settings", in: result.output) != nil, "\(result.output)")
    }
}

@Suite("The commands on Redis", .timeLimit(.minutes(3))) struct RedisCommandTests {
    @Test("enqueue, counts and job work by a URL, and show no password")
    func works() async throws {
        let server = try await RedisServer.start(.init(password: "right-one"))
        let run = TestCommandLine(TestApp.self, store: "\(server.url)?namespace=shop")
        let enqueued = await run("enqueue", "Greet", #"{"name": "Ada"}"#)
        #expect(enqueued.status == 0, "\(enqueued.errors)")
        let counts = await run("counts")
        #expect(counts.output.contains("Greet"))
        #expect(try server.probe().command("EXISTS", "{shop}:meta").integer == 1)
        server.kill()
        let failed = await run("counts", "--store", "\(server.url)?timeout=1")
        #expect(failed.status == 1)
        #expect(!failed.errors.contains("right-one"))
    }

    @Test("a store that may drop jobs is refused, with what to do")
    func eviction() async throws {
        let server = try await RedisServer.start(.init(maxMemory: "64mb", maxMemoryPolicy: "allkeys-lfu"))
        let result = await TestCommandLine(RoostTool.self)("counts", "--store", server.url)
        #expect(result.status == 1)
        #expect(result.errors.contains("accept-eviction=true"), "\(result.errors)")
    }
}
#endif
