import Foundation
import RoostCore
import RoostSQLite
import Testing

@testable import RoostCommands

@Suite struct EnqueueCommandTests {
    private func snapshot(_ output: String, in path: String) async throws -> JobSnapshot {
        let id = try #require(JobID(output.trimmingCharacters(in: .whitespacesAndNewlines)))
        let store = try SQLiteStore(path: path)
        let snapshot = try await store.snapshots(of: [id]).first ?? nil
        await store.close()
        return try #require(snapshot)
    }

    @Test("a kind of the program is stored with its type's options, and those of the command line")
    func known() async throws {
        try await withFolder { folder in
            let path = "\(folder)/jobs.db"
            let run = TestCommandLine(TestApp.self, store: "sqlite:\(path)")
            let plain = try await snapshot(run("enqueue", "Greet", #"{"name": "Ada"}"#).output, in: path)
            #expect(plain.kind == "Greet")
            #expect(plain.queue == "desk")
            #expect(plain.priority == 7)
            #expect(plain.payload?.bytes == Data(#"{"name":"Ada"}"#.utf8))
            let other = try await snapshot(
                run(
                    "enqueue",
                    "Greet",
                    #"{"note": "n", "name": "Ada"}"#,
                    "--queue",
                    "q",
                    "--priority",
                    "-1",
                    "--delay",
                    "1h",
                    "--expires",
                    "2h",
                    "--header",
                    "tenant=a=b",
                    "--timeout",
                    "5",
                    "--retries",
                    "1"
                ).output,
                in: path
            )
            #expect(other.queue == "q")
            #expect(other.priority == -1)
            #expect(other.state == .scheduled)
            #expect(other.expiresAt != nil)
            #expect(other.headers == ["tenant": "a=b"])
            // As if Swift had encoded it, so that unique keys meet.
            #expect(other.payload?.bytes == Data(#"{"name":"Ada","note":"n"}"#.utf8))
        }
    }

    @Test("arguments may come from standard input, as -, and may be left out")
    func input() async throws {
        try await withFolder { folder in
            let path = "\(folder)/jobs.db"
            var run = TestCommandLine(RoostTool.self, store: "sqlite:\(path)")
            run.input = "{\n  \"n\": 12345678901234567890\n}\n"
            let piped = try await snapshot(run("enqueue", "Any.kind", "-").output, in: path)
            #expect(piped.payload?.bytes == Data(#"{"n":12345678901234567890}"#.utf8))
            let bare = try await snapshot(run("enqueue", "Any.kind").output, in: path)
            #expect(bare.payload?.bytes == Data("{}".utf8))
        }
    }

    @Test(
        "a mistake is named and nothing is made",
        arguments: [
            (["Greet", "{name: 1}"], "line 1, column 2"),
            (["Greet", "[1]"], "an array"),
            (["Greet", "{}"], "'name' is missing"),
            (["Greet", #"{"name": 1}"#], "'name' is of another type: String"),
            (["Mailer.send", #"{"to": ["a", 1]}"#], "'to"),
            (["greet", "{}"], "Is it 'Greet'?"),
            (["send", "{}"], "Is it 'Mailer.send'?"),
            (["Completely.Else", "{}"], "--any-kind"),
            (["Greet", #"{"name": "a"}"#, "--retries", "-1"], "retries"),
            (["Greet", #"{"name": "a"}"#, "--header", "x"], "name=value"),
            (["Greet", #"{"name": "a"}"#, "--unique-for", "1h"], "--unique"),
            (["Else", "{}", "--any-kind", "--timeout", "1"], "--timeout"),
            (["Greet", #"{"name": "a"}"#, "--priority", "99999999999"], "priority"),
        ]
    )
    func mistakes(arguments: [String], message: String) async throws {
        try await withFolder { folder in
            let run = TestCommandLine(TestApp.self, store: "sqlite:\(folder)/jobs.db")
            let result = await run.run(["enqueue"] + arguments)
            #expect(result.status == 64)
            #expect(result.errors.contains(message), "\(result.errors)")
            #expect(result.output.isEmpty)
            #expect(files(in: folder).isEmpty)
        }
    }

    @Test("a key that the type does not have is told of")
    func leftOver() async throws {
        try await withFolder { folder in
            let run = TestCommandLine(TestApp.self, store: "sqlite:\(folder)/jobs.db")
            let result = await run("enqueue", "Greet", #"{"name": "a", "nte": "b"}"#)
            #expect(result.status == 0)
            #expect(result.errors.contains("no argument 'nte'"))
        }
    }

    @Test("a unique key that is held gives the holder's id")
    func unique() async throws {
        try await withFolder { folder in
            let run = TestCommandLine(TestApp.self, store: "sqlite:\(folder)/jobs.db")
            let first = await run("enqueue", "Greet", #"{"name": "a"}"#, "--unique", "k")
            let second = await run("enqueue", "Greet", #"{"name": "b"}"#, "--unique", "k")
            #expect(first.output == second.output)
            #expect(second.status == 0)
            #expect(second.errors.contains("nothing was enqueued"))
            let third = await run("enqueue", "Greet", #"{"name": "c"}"#, "--unique", "k", "--json")
            let answer = try JSONParser.parse(third.output)
            #expect(answer["duplicate"] == true)
        }
    }
}
