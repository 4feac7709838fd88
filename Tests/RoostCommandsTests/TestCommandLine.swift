import RoostCore
import Synchronization

@testable import RoostCommands

/// Runs command lines in this process and keeps what they print.
struct TestCommandLine<App: RoostApp> {
    var variables: [String: String] = [:]
    var input = ""

    init(_ app: App.Type, store: String? = nil) {
        if let store { variables["ROOST_STORE"] = store }
    }

    func callAsFunction(_ arguments: String...) async -> CommandResult {
        await run(arguments)
    }

    func run(_ arguments: [String]) async -> CommandResult {
        let printed = Printed()
        let input = input
        let environment = CommandEnvironment(
            program: "app",
            variables: variables,
            print: { printed.addOutput($0) },
            printError: { printed.addError($0) },
            readInput: { input },
            ownsProcess: false,
            discoversJobs: false
        )
        let status = await CommandLineRunner<App>.run(arguments, in: environment)
        return printed.result(status)
    }

}

/// What came of a command line.
struct CommandResult: Sendable {
    var status: Int32 = 0
    var output = ""
    var errors = ""
}

private final class Printed: Sendable {
    private let result = Mutex(CommandResult())

    func addOutput(_ line: String) { result.withLock { $0.output += line + "\n" } }
    func addError(_ line: String) { result.withLock { $0.errors += line + "\n" } }

    func result(_ status: Int32) -> CommandResult {
        result.withLock { CommandResult(status: status, output: $0.output, errors: $0.errors) }
    }
}

/// An application with a few jobs.
enum TestApp: RoostApp {
    static var jobs: [any Job.Type] { [Greet.self, Mailer.Send.self] }
    static var workerOptions: WorkerOptions { WorkerOptions(concurrency: 3, queues: ["a", "b"], grace: .seconds(7)) }
}

struct Greet: Job {
    static var options: JobOptions { JobOptions(queue: "desk", priority: 7, retries: 2) }

    var name: String
    var note: String?

    func run() async throws -> String { "Hello, \(name)" }
}

enum Mailer {
    struct Send: Job {
        static var kind: String { "Mailer.send" }

        var to: [String]

        func run() async throws {}
    }
}
