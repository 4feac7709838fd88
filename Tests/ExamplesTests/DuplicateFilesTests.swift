import Foundation
import ProcessSupport
import Testing

// One at a time: some kill a program half-way, and a machine under load makes the half hard to hit.
@Suite("Examples/DuplicateFiles", .serialized, .timeLimit(.minutes(5)))
struct DuplicateFilesTests {
    private let scratch: TemporaryFolder
    private let folder: String
    /// By which all calls of one test name the same store.
    private let places: [Home: [String]]

    init() throws {
        scratch = try TemporaryFolder()
        let database = ["--database", "\(scratch.path)/demo.db"]
        places = Dictionary(uniqueKeysWithValues: Home.allCases.map { ($0, $0.arguments(sqlite: database)) })
        let files = "\(scratch.path)/files"
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
        // As the program prints it: macOS has its temporary folder behind a link.
        folder = URL(filePath: files).resolvingSymlinksInPath().path
    }

    private func demo(_ arguments: String..., on home: Home = .sqlite) throws -> Program {
        try Program("DuplicateFiles", [folder] + (places[home] ?? []) + arguments, in: scratch.path)
    }

    /// Files of all kinds: copies, empty ones, hard links, names that are no text, one of 20 MB, what is no file.
    private func makeFilesOfAllKinds() async throws {
        let made = try await Program.python(
            #"""
            import os, sys
            os.chdir(os.fsencode(sys.argv[1]))
            def put(name, data):
                if os.path.dirname(name):
                    os.makedirs(os.path.dirname(name), exist_ok=True)
                with open(name, "wb") as file:
                    file.write(data)
            put(b"a/one", b"same")
            put(b"b/two", b"same")
            put(b"b/same length", b"sane")
            put(b"alone", b"alone")
            for name in [b"empty", b"a/empty", b"b/c/empty"]:
                put(name, b"")
            os.link(b"a/one", b"a/linked")
            put(b"only links", b"linked, not copied")
            os.link(b"only links", b"only links 2")
            # An é of one character, and of two: two files, although Swift's strings are equal.
            put("caf\u00e9".encode(), b"coffee")
            put("cafe\u0301".encode(), b"coffee")
            put("\U0001F98A, \u72d0, with space".encode(), b"coffee")
            put(b"back\\slash", b"coffee")
            if sys.platform == "linux":
                put(b"latin-1 \xe9", b"coffee")
            put(b"large 1", bytes(range(256)) * 80000)
            put(b"large 2", bytes(range(256)) * 80000)
            put(b"large 3", bytes(range(256)) * 79999 + bytes(256))
            os.symlink(b"a/one", b"link")
            os.symlink(b"nowhere", b"dangling")
            os.symlink(b".", b"circle")
            os.mkfifo(b"pipe")
            """#,
            [folder],
            in: scratch.path
        )
        try #require(made.status == 0, "\(made.errors)")
    }

    /// So many files that the program can be stopped half-way: of each four one is a copy.
    private func makeManyFiles(_ count: Int) async throws {
        let made = try await Program.python(
            """
            import os, sys
            for number in range(int(sys.argv[2])):
                folder = f"{sys.argv[1]}/{number // 100}"
                os.makedirs(folder, exist_ok=True)
                with open(f"{folder}/{number}", "w") as file:
                    print("file", number // 8 if number % 4 == 0 else number, file=file)
            """,
            [folder, "\(count)"],
            in: scratch.path
        )
        try #require(made.status == 0, "\(made.errors)")
    }

    /// Starts the demo and stops it after it has hashed `share` of the files.
    ///
    /// - Returns: how many it had hashed by then, as far as it told.
    private func stopHalfWay(by signal: Int32, after share: Int, on home: Home = .sqlite) async throws -> Int {
        // A fast machine may be through before it is stopped.
        for _ in 0..<10 {
            let program = try demo("--jobs", "1", on: home)
            var seen = 0
            while seen < share, program.isRunning {
                seen = Self.numbers(after: "hashed", in: program.log).last?.first ?? 0
                try await Task.sleep(for: .milliseconds(5))
            }
            program.send(signal)
            let stopped = try await program.result()
            guard stopped.output.isEmpty else { continue }
            #expect(stopped.wasKilled == (signal == SIGKILL))
            #expect(stopped.status == (signal == SIGKILL ? SIGKILL : 130))
            return seen
        }
        throw NeverStopped()
    }

    private struct NeverStopped: Error {}

    @Test("the answer is that of an independent computation", arguments: Home.available)
    func answer(on home: Home) async throws {
        try await makeFilesOfAllKinds()

        let result = try await demo(on: home).result()

        #expect(result.status == 0, "\(result.errors)")
        let expected = try await Answer.computed(in: folder, scratch: scratch.path)
        #expect(expected.groups.count == 3)
        #expect(try Answer(printed: result.output) == expected)
        #expect(result.errors.contains("hashed \(expected.files) files in this run, 0 in earlier ones"))
    }

    @Test("an empty folder has no duplicates")
    func emptyFolder() async throws {
        let result = try await demo().result()

        #expect(result.status == 0)
        let expected = try await Answer.computed(in: folder, scratch: scratch.path)
        #expect(try Answer(printed: result.output) == expected)
    }

    @Test("a finished search begins anew, and prints the same to the byte")
    func again() async throws {
        try await makeFilesOfAllKinds()

        let first = try await demo().result()
        let second = try await demo().result()

        #expect(first.output == second.output)
        #expect(second.errors.contains("0 in earlier ones"))
    }

    @Test(
        "stopped half-way and started again, it hashes the rest and nothing else",
        arguments: [SIGKILL, SIGINT],
        Home.available
    )
    func stoppedHalfWay(by signal: Int32, on home: Home) async throws {
        let count = 4000
        try await makeManyFiles(count)
        let removed = "\(folder)/999-removed"
        try Data("soon gone".utf8).write(to: URL(filePath: removed))

        let seen = try await stopHalfWay(by: signal, after: count / 10, on: home)
        // The last of all, so that it was not hashed yet: it is tried three times, and cannot be read.
        try FileManager.default.removeItem(atPath: removed)

        let second = try await demo(on: home).result()

        #expect(second.status == 0)
        let resumed = try #require(Self.numbers(after: "resuming:", in: second.errors).first)
        #expect(resumed[0] >= seen)
        #expect(resumed[1] == count + 1)
        let hashed = try #require(Self.numbers(after: "hashed", in: second.errors).last)
        #expect(hashed == [count - resumed[0], resumed[0]], "what was settled was hashed again")
        #expect(hashed[0] < count)
        #expect(second.output.contains("Could not be read:\n  \(removed): No such file or directory\n"))
        #expect(second.output.contains("1 not readable"))
        let expected = try await Answer.computed(in: folder, scratch: scratch.path)
        #expect(try Answer(printed: second.output) == expected)
    }

    @Test("with --fresh the earlier search is forgotten")
    func fresh() async throws {
        try await makeManyFiles(3000)
        _ = try await stopHalfWay(by: SIGKILL, after: 1)

        let second = try await demo("--fresh").result()

        #expect(second.errors.contains("hashed 3,000 files in this run, 0 in earlier ones"))
        let expected = try await Answer.computed(in: folder, scratch: scratch.path)
        #expect(try Answer(printed: second.output) == expected)
    }

    @Test("two at once share the work, and nothing is hashed twice")
    func twoAtOnce() async throws {
        let count = 4000
        try await makeManyFiles(count)
        let first = try demo("--jobs", "1")
        while Self.numbers(after: "hashed", in: first.log).isEmpty, first.isRunning {
            try await Task.sleep(for: .milliseconds(5))
        }
        let second = try await demo("--jobs", "1").result()
        let firstResult = try await first.result()

        let hashed = try [firstResult, second].map { try #require(Self.numbers(after: "hashed", in: $0.errors).last) }
        #expect(hashed[0][0] + hashed[1][0] == count)
        #expect(hashed[1][0] > 0)
        // Whoever comes late to the answer says that the other has shown it.
        let answers = [firstResult, second].map(\.output).filter { !$0.isEmpty }
        let expected = try await Answer.computed(in: folder, scratch: scratch.path)
        #expect(!answers.isEmpty)
        for answer in answers { #expect(try Answer(printed: answer) == expected) }
    }

    @Test("in a terminal there is a bar, and of many groups the largest")
    func terminal() async throws {
        try await makeManyFiles(2000)
        let program = try Program.find("DuplicateFiles").path

        let result = try await Program.python(
            "import os, pty, sys; os.environ['COLUMNS'] = '80'; sys.exit(pty.spawn(sys.argv[1:]))",
            [program, folder, "--database", "\(scratch.path)/demo.db"],
            in: scratch.path
        )

        let bars = result.output.split(separator: "\r").filter { $0.contains("[=") }
        #expect(bars.contains { $0.contains("% ") && $0.contains(" a second, 0:0") && $0.contains(" left") })
        #expect(result.output.contains("… and "))
        #expect(!result.output.contains("hashed 0 of"))
    }

    /// The numbers of each line that begins with `word`.
    private static func numbers(after word: String, in text: String) -> [[Int]] {
        text.split(separator: "\n").filter { $0.hasPrefix(word) }.map { line in
            line.split(separator: " ").compactMap { part in Int(part.filter { $0 != "," && $0 != ":" }) }
        }
    }
}
