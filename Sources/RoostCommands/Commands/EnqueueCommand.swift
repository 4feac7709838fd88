import ArgumentParser
import RoostCore

/// `enqueue KIND JSON`: stores a job for a worker to run.
struct EnqueueCommand<App: RoostApp>: EnvironmentCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "enqueue",
            abstract: "Store a job for a worker to run, and print its id.",
            discussion: """
                The arguments are one JSON object, in single quotes for the shell:

                  \(CommandEnvironment.executableName) enqueue greet '{"name": "Ada"}' --delay 10m

                Where this program has the kind, the arguments are checked against its type, and its options hold \
                unless one is given here. A program without jobs of its own (such as roost itself) stores any kind, \
                unchecked; another needs --any-kind for that. A time is a number of seconds, or has a unit: 500ms, 25s, \
                2m, 1h, 7d.
                """
        )
    }

    @Argument(help: "The job's kind: by default the name of its function or type, such as Mailer.send.")
    var kind: String

    @Argument(help: ArgumentHelp("Its arguments; - reads them from standard input. (default: {})", valueName: "json"))
    var arguments: String?

    @OptionGroup var store: StoreOption<App>

    @OptionGroup(title: "The job's options") var options: EnqueueOptions

    @Flag(help: "Store a job of a kind that this program does not have, without a check of its arguments.")
    var anyKind = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func run(in environment: CommandEnvironment) async throws {
        let text = arguments == "-" ? environment.readInput() : arguments ?? "{}"
        let draft = JobDraft(
            kind: kind,
            arguments: try JobArguments(text),
            options: options,
            allowsAnyKind: anyKind,
            catalog: KindCatalog(of: App.self, in: environment)
        )
        // Looked at before the store is opened: a mistake should not make a file.
        let check = try draft.check()
        for remark in check.remarks { environment.note(remark) }
        let queue = try await store.open(mustExist: false, in: environment)
        do {
            if !check.isKnown, let remark = try await remark(on: queue) { environment.note(remark) }
            let submission = try await check.submit(queue)
            report(submission, in: environment)
        } catch {
            await queue.close()
            throw error
        }
        await queue.close()
    }

    /// What a person may wish to know before a job of an unknown kind waits for ever.
    private func remark(on queue: JobQueue) async throws(StoreError) -> String? {
        let served = try await queue.store.workers().contains { $0.registration.kinds.contains(kind) }
        return served ? nil : "no worker that is there now runs '\(kind)': the job waits until one does"
    }

    private func report(_ submission: JobQueue.Submission, in environment: CommandEnvironment) {
        if json {
            environment.print(
                JSONWriter.pretty([
                    "id": .string(submission.id.description), "kind": .string(kind),
                    "duplicate": .bool(submission.isDuplicate),
                ])
            )
        } else {
            environment.print(submission.id.description)
            if submission.isDuplicate {
                environment.note("nothing was enqueued: that job holds the unique key already")
            }
        }
    }
}
