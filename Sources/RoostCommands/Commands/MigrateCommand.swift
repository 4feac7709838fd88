import ArgumentParser
import RoostCore

#if Postgres
import RoostPostgres
#endif
#if Redis
import RoostRedis
#endif

/// `migrate`: brings the schema of a store forward.
struct MigrateCommand<App: RoostApp>: EnvironmentCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "migrate",
            abstract: "Bring the schema of a store to the newest version.",
            discussion: """
                Opening a store does so too, but for a Postgres store with migrate=false, whose workers may make no tables. For \
                another user to run the SQL:
                  roost migrate --dry-run --store postgres://host/app | psql -v ON_ERROR_STOP=1 postgres://admin@host/app
                Whoever makes the tables owns them: grant the workers' user what it needs, as 'roost doctor' says.
                """
        )
    }

    @OptionGroup var store: StoreOption<App>

    @Flag(help: "Print the SQL that would be run, and run none of it.")
    var dryRun = false

    func run(in environment: CommandEnvironment) async throws {
        switch try store.target(in: environment) {
        case .provider:
            throw CommandError(
                """
                the application opens its store itself, and the schema is brought forward then; --store or ROOST_STORE names \
                another
                """
            )
        case .url(let url):
            switch url.place {
            case .memory: tell("a store in memory has no schema: there is nothing to do", environment)
            case .sqlite(let path, _): tellOfOpening("sqlite:\(path)", environment)
            #if Postgres
            case .postgres(let url): try await migrate(url, environment)
            #endif
            #if Redis
            case .redis(let url): tellOfOpening(url.description, environment)
            #endif
            }
        }
    }

    private func tellOfOpening(_ name: String, _ environment: CommandEnvironment) {
        tell("\(name): its schema is brought forward when it is opened: there is nothing to do", environment)
    }

    /// Of a dry run only SQL is a result.
    private func tell(_ text: String, _ environment: CommandEnvironment) {
        if dryRun { environment.note(text) } else { environment.print(text) }
    }

    #if Postgres
    private func migrate(_ url: PostgresStoreURL, _ environment: CommandEnvironment) async throws {
        let logger = StoreOption<App>.remarks
        if dryRun {
            let sql = try await PostgresMigration.sql(url, logger: logger)
            guard sql.isEmpty else { return environment.print(sql) }
            return tell("\(url) has the newest version of the schema: there is nothing to do", environment)
        }
        let migration = try await PostgresMigration.run(url, logger: logger)
        let what =
            switch migration.from {
            case 0: "the schema was made, version \(migration.to)"
            case migration.to: "the schema has version \(migration.to), the newest: there was nothing to do"
            default: "the schema was brought from version \(migration.from) to \(migration.to)"
            }
        environment.print("\(url): \(what)")
    }
    #endif
}
