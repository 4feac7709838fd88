import Logging
import RoostCore
import RoostTesting

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Kills, freezes and starves real processes on one store, and has the history judged. Driver and children are one program.
@main enum CrashTest {
    static let usage = """
        usage: CrashTest run [--short] [--store sqlite|redis|postgres] [--only SCENARIO] [--seed N] [--keep] [--folder FOLDER] [--parallel N]
               CrashTest soak [--minutes N] [--seed N] [--output FOLDER]
               CrashTest list
        """

    static func main() async {
        do {
            let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
            switch arguments.command {
            case "worker", "producer", "audit": try await runChild(arguments)
            case "run":
                Interruption.watch()
                exit(try await ScenarioRunner.run(arguments) ? 0 : 1)
            case "soak":
                Interruption.watch()
                exit(try await Soak.run(arguments) ? 0 : 1)
            case "list": for scenario in Scenario.all { System.say("\(scenario.name): \(scenario.summary)") }
            default: throw UsageError("there is no command '\(arguments.command)'")
            }
        } catch let error as UsageError {
            System.complain("\(error)\n\(usage)")
            exit(2)
        } catch {
            System.complain("\(error)")
            exit(4)
        }
    }

    private static func runChild(_ arguments: Arguments) async throws {
        System.endWithParent()
        let isQuiet = arguments.has("quiet")
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = isQuiet ? .error : .info
            return handler
        }
        try Witness.begin(
            folder: try arguments.required("folder"),
            name: arguments.command,
            keeps: !isQuiet || arguments.command == "audit"
        )
        if let name = arguments.text("crash-at") {
            guard let action = CrashPoint.Action(rawValue: arguments.text("crash-by") ?? "kill") else {
                throw UsageError("--crash-by is kill or freeze")
            }
            CrashPoint.current.arm(name, passes: try arguments.number("crash-after", default: 0), action: action)
        }
        Load.retention = try arguments.milliseconds("retention", default: Load.retention)
        let store = try CrashStores.store(at: try arguments.required("store"))
        switch arguments.command {
        case "worker": try await WorkerProcess.run(arguments, store: store)
        case "producer": try await ProducerProcess.run(arguments, store: store)
        default: try await AuditProcess.run(arguments, store: store)
        }
    }
}
