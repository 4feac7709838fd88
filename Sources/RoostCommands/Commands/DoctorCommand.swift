import ArgumentParser
import RoostCore
import RoostSQLite

#if Postgres
import RoostPostgres
#endif
#if Redis
import RoostRedis
#endif

/// `doctor`: looks at a store and at the server behind it.
struct DoctorCommand<App: RoostApp>: EnvironmentCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "doctor",
            abstract: "Look at a store and its server: what is wrong, what it means for jobs, what to do.",
            discussion: """
                Changes nothing; only a store that the application makes itself is opened. Ends with 1 where it finds a problem: \
                the store does not work, or drops jobs. What may be wanted so, as a file that is synced each second, is a warning. \
                It does not try what a user of Redis may do. A URL with a password is better given by ROOST_STORE, since others see \
                the arguments of a process.
                """
        )
    }

    @Argument(help: ArgumentHelp("The store, as --store takes it.", valueName: "url"))
    var url: String?

    @OptionGroup var store: StoreOption<App>

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard url == nil || store.store == nil else {
            throw ValidationError("the store is given twice: write its URL, or --store")
        }
    }

    func run(in environment: CommandEnvironment) async throws {
        let report = DoctorReport(try await examine(in: environment))
        environment.print(json ? JSONWriter.pretty(report.json) : report.text)
        guard report.problems == 0 else {
            throw CommandError(report.problems == 1 ? "there is a problem" : "there are \(report.problems) problems")
        }
    }

    private func examine(in environment: CommandEnvironment) async throws -> (name: String, findings: [StoreFinding]) {
        let target: StoreOption<App>.Target =
            if let url { .url(try StoreOption<App>.url(url, from: "the URL")) } else {
                try store.target(in: environment)
            }
        switch target {
        case .provider(let provider):
            let store = try await provider.makeStore()
            await store.close()
            return (store.name, [StoreFinding(.ok, "reachable", "the application's own store opens")])
        case .url(let url):
            switch url.place {
            case .memory:
                return ("memory:", [StoreFinding(.ok, "reachable", "jobs live as long as the process that has them")])
            case .sqlite(let path, let synchronous):
                return ("sqlite:\(path)", SQLiteExamination.findings(path: path, synchronous: synchronous))
            #if Postgres
            case .postgres(let url):
                return (url.description, try await PostgresExamination.findings(of: url))
            #endif
            #if Redis
            case .redis(let url):
                return (url.description, try await RedisExamination.findings(of: url))
            #endif
            }
        }
    }
}
