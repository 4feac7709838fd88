#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What a command has of the process around it, so that a test can give it something else.
package struct CommandEnvironment: Sendable {
    /// What the program is called in messages.
    var program: String
    /// The environment variables.
    var variables: [String: String]
    /// Writes a result.
    var print: @Sendable (String) -> Void
    /// Writes a remark or an error.
    var printError: @Sendable (String) -> Void
    /// Reads standard input to its end.
    var readInput: @Sendable () -> String
    /// Whether the process is the command's own: its signals and its logging may be set up.
    var ownsProcess: Bool
    /// Whether the jobs that were declared with `@Job` count: those of all tests are in one executable.
    var discoversJobs: Bool

    package init(
        program: String,
        variables: [String: String],
        print: @escaping @Sendable (String) -> Void,
        printError: @escaping @Sendable (String) -> Void,
        readInput: @escaping @Sendable () -> String,
        ownsProcess: Bool,
        discoversJobs: Bool
    ) {
        self.program = program
        self.variables = variables
        self.print = print
        self.printError = printError
        self.readInput = readInput
        self.ownsProcess = ownsProcess
        self.discoversJobs = discoversJobs
    }

    static let live = CommandEnvironment(
        program: executableName,
        variables: ProcessInfo.processInfo.environment,
        print: { LogSink(descriptor: STDOUT_FILENO).write($0 + "\n") },
        printError: { LogSink.standardError.write($0 + "\n") },
        readInput: {
            var text = ""
            while let line = readLine(strippingNewline: false) { text += line }
            return text
        },
        ownsProcess: true,
        discoversJobs: true
    )

    /// The last part of the path by which the program was called.
    static var executableName: String {
        CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "roost"
    }

    /// Writes a remark that is neither a result nor an error.
    func note(_ text: String) {
        printError("\(program): note: \(text)")
    }
}
