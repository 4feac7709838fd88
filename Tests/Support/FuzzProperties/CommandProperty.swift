import RoostCommands
import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Any command line ends with a status and, where it is not 0, with a message.
struct CommandProperty {
    enum App: RoostApp {
        static var storeURL: String { "memory:" }
        static var jobs: [any Job.Type] { [PayloadProperty.Sample.self, PayloadProperty.Parent.self] }
    }

    /// The arguments are the lines of the text.
    func check(_ bytes: [UInt8]) async throws {
        let arguments = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        // No files; and a worker runs for ever.
        guard !arguments.contains(where: { $0.lowercased().contains("sqlite") }) else { return }
        guard !arguments.contains("worker") else {
            _ = CommandLineRunner<App>.accepts(arguments)
            return
        }
        let printed = Printed()
        let environment = CommandEnvironment(
            program: "fuzz",
            variables: [:],
            print: { printed.add($0) },
            printError: { printed.add($0) },
            readInput: { "{}" },
            ownsProcess: false,
            discoversJobs: false
        )
        let status = await CommandLineRunner<App>.run(arguments, in: environment)
        guard [0, 1, 64].contains(status) else { throw FuzzFailure("\(arguments) ended with \(status)") }
        guard status == 0 || !printed.isEmpty else { throw FuzzFailure("\(arguments) ended with \(status) in silence") }
    }
}
