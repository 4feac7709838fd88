import ProcessSupport
import Testing

@Suite("Examples/SharedResources", .timeLimit(.minutes(5)))
struct SharedResourcesTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func run(_ day: String, on home: Home) async throws -> Program.Result {
        try await Program.run("SharedResources", ["--today", day] + home.arguments(sqlite: []), in: folder.path)
    }

    @Test("each slot has one connection, spam is marked, failures are printed", arguments: Home.available)
    func weekday(on home: Home) async throws {
        let result = try await run("monday", on: home)

        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0].hasPrefix("main: the worker-local DatabaseQueue was used outside a worker"))
        #expect(
            lines.dropFirst(2).joined(separator: "\n") == """
                check of comment 1
                  attempt 1 begins
                  attempt 1 returned false

                check of comment 2
                  attempt 1 begins
                  attempt 1 returned true

                check of comment 3
                  attempt 1 begins
                  attempt 1 returned false

                check of comment 4
                  attempt 1 begins
                  attempt 1 returned true

                check of comment 5
                  attempt 1 begins
                  attempt 1 of checkComment failed: there is no comment 5
                  attempt 2 begins
                  attempt 2 of checkComment failed: there is no comment 5

                ended otherwise
                  checkComment failed: there is no comment 5

                \(Self.slots)

                comments
                  1 fine: What a lovely garden!
                  2 spam: CHEAP watches, click here
                  3 fine: How do you prune roses?
                  4 spam: Casino bonus!!!

                runs
                  4 done
                  2 threw

                """
        )
    }

    @Test("an error that nothing handles is logged, with the kind, the attempt and the place of the job")
    func unhandledError() async throws {
        let log = try await Program.run("SharedResources", ["--today", "monday"], in: folder.path).errors

        let line = try #require(log.split(separator: "\n").first { $0.contains("the job failed") })
        for part in [
            "attempt=2", "kind=checkComment", "there is no comment 5", "SharedResources/SharedResources.swift:",
        ] {
            #expect(line.contains(part), "\(part) is missing in: \(line)")
        }
    }

    @Test("on Sunday no job runs", arguments: Home.available)
    func sunday(on home: Home) async throws {
        let result = try await run("sunday", on: home)

        #expect(result.status == 0)
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0].hasPrefix("main: the worker-local DatabaseQueue was used outside a worker"))
        #expect(
            lines.dropFirst(2).joined(separator: "\n") == """
                ended otherwise
                  checkComment cancelled: no jobs on Sunday
                  checkComment cancelled: no jobs on Sunday
                  checkComment cancelled: no jobs on Sunday
                  checkComment cancelled: no jobs on Sunday
                  checkComment cancelled: no jobs on Sunday

                \(Self.slots)

                comments
                  1 not checked: What a lovely garden!
                  2 not checked: CHEAP watches, click here
                  3 not checked: How do you prune roses?
                  4 not checked: Casino bonus!!!

                runs
                  none

                """
        )
    }

    private static let slots = """
        slot 0
          connection opened
          started
          stopped
          connection closed

        slot 1
          connection opened
          started
          stopped
          connection closed
        """
}
