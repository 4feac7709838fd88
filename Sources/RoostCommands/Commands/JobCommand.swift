import ArgumentParser
import RoostCore

/// `job ID`: shows one job.
struct JobCommand<App: RoostApp>: EnvironmentCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "job",
            abstract: "Show a job: its state, attempts, errors and result.",
            discussion: "Ends with 1 where the store has no such job, or has it no longer."
        )
    }

    @Argument(help: "The job's id, as enqueue prints it and logs show it.")
    var id: String

    @OptionGroup var store: StoreOption<App>

    @Flag(help: "Print one JSON object.")
    var json = false

    func run(in environment: CommandEnvironment) async throws {
        guard let id = JobID(id) else {
            throw CommandError(
                """
                '\(id)' is not a job's id: that has 32 hexadecimal digits, such as \
                019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071, and enqueue prints it
                """,
                status: .usage
            )
        }
        let queue = try await store.open(mustExist: true, in: environment)
        let report: JobReport?
        do {
            report = try await JobReport(of: id, in: queue.store)
        } catch {
            await queue.close()
            throw error
        }
        await queue.close()
        guard let report else {
            throw CommandError(
                """
                \(queue.store.name) has no job \(id): it was never stored there, or it was deleted, or its retention is \
                over
                """
            )
        }
        environment.print(json ? JSONWriter.pretty(report.json) : report.text)
    }
}
