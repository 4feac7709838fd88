import ArgumentParser
import RoostCore

/// `counts`: shows how many jobs stand where.
struct CountsCommand<App: RoostApp>: EnvironmentCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "counts",
            abstract: "Show how many jobs stand in each state, by queue and kind.",
            discussion: "Finished jobs are counted until their retention is over."
        )
    }

    @OptionGroup var store: StoreOption<App>

    @Flag(help: "Print one JSON object.")
    var json = false

    func run(in environment: CommandEnvironment) async throws {
        let queue = try await store.open(mustExist: true, in: environment)
        let report: CountsReport
        do {
            report = CountsReport(lanes: try await queue.counts(), now: queue.store.time.now)
        } catch {
            await queue.close()
            throw error
        }
        await queue.close()
        environment.print(json ? JSONWriter.pretty(report.json) : report.text)
    }
}
