import ArgumentParser

/// A command that does its work in a ``CommandEnvironment``.
protocol EnvironmentCommand: AsyncParsableCommand {
    func run(in environment: CommandEnvironment) async throws
}

extension EnvironmentCommand {
    func run() async throws {
        try await run(in: .live)
    }
}

/// Parses arguments, runs the command they name, and tells how that ended.
package enum CommandLineRunner<App: RoostApp> {
    /// Reads arguments, and does nothing.
    ///
    /// - Returns: whether they make sense.
    package static func accepts(_ arguments: [String]) -> Bool {
        (try? RootCommand<App>.parseAsRoot(arguments)) != nil
    }

    /// - Returns: what the process is to end with.
    package static func run(_ arguments: [String], in environment: CommandEnvironment) async -> Int32 {
        do {
            var command = try RootCommand<App>.parseAsRoot(arguments)
            if let command = command as? any EnvironmentCommand {
                try await command.run(in: environment)
            } else {
                // What ArgumentParser adds: help, completions.
                try command.run()
            }
            return 0
        } catch {
            return report(error, in: environment)
        }
    }

    private static func report(_ error: any Error, in environment: CommandEnvironment) -> Int32 {
        if let error = error as? CommandError {
            environment.printError("\(environment.program): \(error.description)")
            return error.status.rawValue
        }
        let code = RootCommand<App>.exitCode(for: error)
        if code == .failure {
            // Not of ArgumentParser's: a store's, a worker's or an application's own.
            environment.printError("\(environment.program): \(error)")
            return code.rawValue
        }
        let message = RootCommand<App>.fullMessage(for: error)
        if code.isSuccess {
            environment.print(message)
        } else {
            environment.printError(message)
        }
        return code.rawValue
    }
}
