import Foundation
import ProcessSupport
import RedisSupport
import Testing

@Suite("scripts/with-services", .timeLimit(.minutes(1)))
struct WithServicesTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// - Parameter services: `redis`, `postgres`.
    private func start(_ command: String..., beside services: [String] = ["redis"]) throws -> Program {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let script = root.appending(path: "scripts/with-services").standardized.path
        // These tests may themselves run beside servers.
        let environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ROOST_") }
        let words = services.map { "--\($0)" } + command
        return try Program(at: script, words, environment: environment, in: folder.path)
    }

    /// The port that the command was given, once it says so.
    private func port(_ program: Program, of service: String = "redis") async throws -> Int {
        try await waitUntil("the command says its URL") { program.said.contains("\n") || !program.isRunning }
        let url = program.said.prefix { $0 != "\n" }
        let start = service == "redis" ? "redis://127.0.0.1:" : "postgres://postgres@127.0.0.1:"
        #expect(url.hasPrefix(start), "\(program.log)")
        let number = url.dropFirst(start.count).prefix { $0.isNumber }
        return try #require(Int(number), "\(program.log)")
    }

    private func isGone(_ port: Int) -> Bool { (try? TestSocket(to: port)) == nil }

    @Test("The command has a server to itself, its exit code is passed on, and the server is gone")
    func runs() async throws {
        let wait = "echo $ROOST_REDIS_URL; while [ ! -e go ]; do sleep 0.01; done; exit 7"
        let programs = try [start("sh", "-c", wait), start("sh", "-c", wait)]
        let ports = try await [port(programs[0]), port(programs[1])]
        #expect(ports[0] != ports[1])
        let settings = try RedisProbe(port: ports[0]).command("CONFIG", "GET", "append*", "save").fields
        #expect(settings["appendonly"] == "yes")
        #expect(settings["appendfsync"] == "everysec")
        #expect(settings["save"] == "")
        #expect(FileManager.default.createFile(atPath: folder.file("go"), contents: nil))
        for (program, port) in zip(programs, ports) {
            let result = try await program.result()
            #expect(result.status == 7)
            #expect(!result.wasKilled)
            // No waiting: they end together.
            #expect(isGone(port))
        }
    }

    @Test("It says what is wrong with how it is called")
    func misuse() async throws {
        #expect(try await start().result().status == 2)
        let unknown = try await start("--nonsense", "true").result()
        #expect(unknown.status == 2)
        #expect(unknown.errors.contains("--nonsense"))
        #expect(try await start("no-such-command-anywhere").result().status == 127)
    }

    @Test("A signal reaches the command, which may still use the server", arguments: [SIGTERM, SIGHUP])
    func passesSignals(_ signal: Int32) async throws {
        let program = try start(
            "bash",
            "-c",
            """
            trap 'redis-cli -u $ROOST_REDIS_URL ping || valkey-cli -u $ROOST_REDIS_URL ping; exit 3' TERM HUP
            echo $ROOST_REDIS_URL
            while :; do sleep 0.01; done
            """
        )
        let port = try await port(program)
        program.send(signal)
        let result = try await program.result()
        #expect(result.status == 3)
        #expect(result.output.hasSuffix("PONG\n"))
        #expect(isGone(port))
    }

    @Test("A Postgres is as safe as Postgres is by default, may be had beside a Redis, and goes with its files")
    func startsPostgres() async throws {
        let script = """
            ask() { psql -XAtqw "$ROOST_POSTGRES_URL" -c "SELECT current_setting('$1')"; }
            echo $ROOST_POSTGRES_URL; ask fsync; ask synchronous_commit; ask data_directory; echo $ROOST_REDIS_URL; exit 7
            """
        let program = try start("sh", "-c", script, beside: ["postgres", "redis"])
        let port = try await port(program, of: "postgres")
        let result = try await program.result()
        #expect(result.status == 7, "\(result.errors)")
        let lines = result.output.split(separator: "\n").map(String.init)
        try #require(lines.count == 5, "\(result.errors)")
        #expect(lines[1...2] == ["on", "on"])
        #expect(!FileManager.default.fileExists(atPath: lines[3]))
        #expect(lines[4].hasPrefix("redis://127.0.0.1:"))
        #expect(isGone(port))
    }

    @Test("Killed without a chance to tidy up, it leaves no server behind", arguments: ["redis", "postgres"])
    func isKilled(_ service: String) async throws {
        let wait = "echo $ROOST_REDIS_URL$ROOST_POSTGRES_URL; while [ ! -e go ]; do sleep 0.01; done; touch over"
        let program = try start("sh", "-c", wait, beside: [service])
        let port = try await port(program, of: service)
        #expect(!isGone(port))
        program.send(SIGKILL)
        try await waitUntil("the server is gone") { isGone(port) }
        // The command itself has lost its parent, and goes on. It is to end before its folder does, or it never would.
        #expect(FileManager.default.createFile(atPath: folder.file("go"), contents: nil))
        try await waitUntil("the command ends") { FileManager.default.fileExists(atPath: folder.file("over")) }
    }
}
