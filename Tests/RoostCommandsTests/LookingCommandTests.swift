import Foundation
import RoostCore
import RoostSQLite
import Testing

@testable import RoostCommands

@Suite struct LookingCommandTests {
    @Test("counts and job make no file where there is none", arguments: ["counts", "job"])
    func missing(command: String) async throws {
        try await withFolder { folder in
            let run = TestCommandLine(RoostTool.self, store: "sqlite:\(folder)/none.db")
            let result = await run.run([command] + (command == "job" ? [JobID().description] : []))
            #expect(result.status == 1)
            #expect(result.errors.contains("there is no database at \(folder)/none.db"))
            #expect(files(in: folder).isEmpty)
        }
    }

    @Test("a file that is no database is named, and left as it is")
    func foreign() async throws {
        try await withFolder { folder in
            let path = "\(folder)/notes.txt"
            try Data("these are my notes, and no database at all".utf8).write(to: URL(filePath: path))
            let result = await TestCommandLine(RoostTool.self, store: "sqlite:\(path)")("counts")
            #expect(result.status == 1)
            #expect(result.errors.contains("notes.txt"), "\(result.errors)")
            #expect(!result.errors.contains("StoreError"))
        }
    }

    @Test("a malformed id says what one looks like")
    func malformed() async {
        let result = await TestCommandLine(RoostTool.self, store: "memory:")("job", "12")
        #expect(result.status == 64)
        #expect(result.errors.contains("32 hexadecimal digits"))
    }

    @Test("an unknown id ends with 1")
    func unknown() async throws {
        let id = JobID()
        let result = await TestCommandLine(RoostTool.self, store: "memory:")("job", id.description)
        #expect(result.status == 1)
        #expect(result.errors.contains(id.description))
    }

    @Test("--store holds before ROOST_STORE, and that before the application's")
    func precedence() async throws {
        try await withFolder { folder in
            let run = TestCommandLine(TestApp.self, store: "sqlite:\(folder)/variable.db")
            _ = await run("enqueue", "Greet", #"{"name": "a"}"#)
            _ = await run("enqueue", "Greet", #"{"name": "a"}"#, "--store", "sqlite:\(folder)/option.db")
            let files = files(in: folder)
            #expect(files.contains("variable.db"))
            #expect(files.contains("option.db"))
            #expect(await run("counts", "--store", "nonsense:").errors.contains("--store: there is no store"))
        }
    }

    @Test("counts shows a row for each queue and kind, with a total")
    func counts() async throws {
        try await withFolder { folder in
            let run = TestCommandLine(RoostTool.self, store: "sqlite:\(folder)/jobs.db")
            for _ in 0..<3 { _ = await run("enqueue", "Alpha") }
            _ = await run("enqueue", "Beta", "--queue", "other", "--delay", "1h")
            let text = await run("counts").output.split(separator: "\n").map {
                $0.split(separator: " ").map(String.init)
            }
            #expect(text[0] == ["QUEUE", "KIND", "SCHEDULED", "READY"])
            #expect(text[1].prefix(4) == ["default", "Alpha", "0", "3"])
            #expect(text[2].prefix(4) == ["other", "Beta", "1", "0"])
            #expect(text[3] == ["total", "1", "3"])
            let json = try JSONParser.parse(await run("counts", "--json").output)
            #expect(json["total"]?["ready"] == 3)
            #expect(json["total"]?["scheduled"] == 1)
            #expect(json["total"]?["failed"] == 0)
        }
    }

    @Test("an empty store has no jobs")
    func empty() async {
        #expect(await TestCommandLine(RoostTool.self, store: "memory:")("counts").output == "no jobs\n")
    }
}
