import ArgumentParser
import RoostCore

/// The whole command line.
struct RootCommand<App: RoostApp>: EnvironmentCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: CommandEnvironment.executableName,
            abstract: "Runs background jobs, enqueues them and shows them.",
            discussion: """
                The store is where jobs live; every command takes it by --store, or from the variable ROOST_STORE:
                  sqlite:app.db           a file (sqlite:///var/lib/app.db by its whole path)
                  memory:                 this process alone, gone when it ends
                  postgres://host/app     a Postgres database: needs the trait Postgres
                  redis://host            a Redis or Valkey server: needs the trait Redis

                Ends with 0, with 1 after an error, and with 64 where the arguments make no sense.
                """,
            version: "Roost \(roostVersion)",
            subcommands: [
                WorkerCommand<App>.self, EnqueueCommand<App>.self, JobCommand<App>.self, CountsCommand<App>.self,
                DoctorCommand<App>.self, MigrateCommand<App>.self,
            ]
        )
    }

    func run(in environment: CommandEnvironment) async throws {
        throw CleanExit.helpRequest(self)
    }
}
