import ArgumentParser
import Logging
import RoostCore

/// `worker`: runs jobs until it is told to stop.
struct WorkerCommand<App: RoostApp>: EnvironmentCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "worker",
            abstract: "Run jobs until told to stop.",
            discussion: """
                The first SIGTERM or SIGINT (Control-C) stops it gracefully: it takes no more jobs and lets the running \
                ones end within --grace. What is left then is cancelled and given back, without being charged an \
                attempt. A second signal does that at once. A job that does not heed its cancel within two seconds is \
                abandoned: the process ends, with 1, and the job is given back. A third signal kills.

                A time is a number of seconds, or has a unit: 500ms, 25s, 2m, 1h.
                """
        )
    }

    @OptionGroup var store: StoreOption<App>

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "How many jobs run at a time. (default: \(App.workerOptions.concurrency))",
            valueName: "count"
        )
    )
    var concurrency: Int?

    @Option(
        help: ArgumentHelp(
            """
            Where they run: tasks, of Swift's thread pool, for jobs that await; threads, one for each, for jobs that \
            block. (default: \(App.workerOptions.slots.rawValue))
            """,
            valueName: "kind"
        )
    )
    var slots: SlotKindArgument?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            """
            A queue to serve; give it again for more, the most urgent first. \
            (default: \(App.workerOptions.queues.joined(separator: ", ")))
            """,
            valueName: "name"
        )
    )
    var queue: [String] = []

    @Option(
        help: ArgumentHelp(
            "How long a shutdown lets running jobs go on. (default: \(App.workerOptions.grace.argument))",
            valueName: "time"
        ),
        transform: DurationArgument.init
    )
    var grace: DurationArgument?

    @Option(
        help: ArgumentHelp(
            """
            How long a job is the worker's without a sign of life; after it another worker may take the job. \
            (default: \(App.workerOptions.lease.argument))
            """,
            valueName: "time"
        ),
        transform: DurationArgument.init
    )
    var lease: DurationArgument?

    @Option(
        help: ArgumentHelp(
            """
            How often to look for jobs although nothing woke the worker. \
            (default: \(App.workerOptions.pollInterval.argument))
            """,
            valueName: "time"
        ),
        transform: DurationArgument.init
    )
    var poll: DurationArgument?

    @Option(
        help: ArgumentHelp("What the worker is called in logs and in the store. (default: host:pid)", valueName: "name")
    )
    var name: String?

    @Flag(help: "Take the stack of each throw in a job, to log and store it if the error is unhandled.")
    var captureStacks = false

    @OptionGroup(title: "Logging") var log: LogOptions

    /// The application's options with those of the command line in their places.
    func options() throws(CommandError) -> WorkerOptions {
        var options = App.workerOptions
        if let concurrency { options.concurrency = concurrency }
        if let slots { options.slots = slots.kind }
        if !queue.isEmpty { options.queues = queue }
        if let grace { options.grace = grace.duration }
        if let lease {
            options.lease = lease.duration
            options.heartbeat = lease.duration / 3
        }
        if let poll { options.pollInterval = poll.duration }
        if let name { options.name = name }
        if captureStacks { options.capturesStacks = true }
        do {
            try options.validate()
        } catch {
            throw CommandError(error.description, status: .usage)
        }
        return options
    }

    func run(in environment: CommandEnvironment) async throws {
        let options = try options()
        guard !KindCatalog(of: App.self, in: environment).isEmpty else { throw Self.noJobs }
        let sink = try log.sink()
        let logger = self.logger(sink, in: environment)
        let queue = try await store.open(mustExist: false, logger: logger, in: environment)
        let worker = Worker(
            queue,
            options: options,
            jobs: App.jobs,
            discoversJobs: environment.discoversJobs,
            locals: App.locals,
            logger: logger
        )
        try await App.configure(worker)
        let process = WorkerProcess(
            worker: worker,
            queue: queue,
            services: App.services,
            logger: logger,
            sink: sink,
            handlesSignals: environment.ownsProcess
        )
        let result = await Result { try await process.run() }
        await queue.close()
        try result.get()
    }

    private func logger(_ sink: LogSink, in environment: CommandEnvironment) -> Logger {
        guard App.bootstrapsLogging else { return Logger(label: "roost") }
        let log = log
        if environment.ownsProcess {
            LoggingSystem.bootstrap { log.handler(label: $0, sink: sink) }
        }
        return Logger(label: "roost") { log.handler(label: $0, sink: sink) }
    }

    private static var noJobs: CommandError {
        CommandError(
            """
            this program has no jobs, so a worker would have nothing to run. A worker is part of the program whose jobs \
            it runs. Write one that has them, and call it as `app worker`:

                import Roost
                import RoostCommands

                @Job func greet(name: String) async throws -> String { "Hello, \\(name)" }

                @main struct App: RoostApp {}

            Jobs without @Job, or in a shared library, are named in `static var jobs: [any Job.Type]` of the app.
            """
        )
    }
}

/// `--slots` by its name.
enum SlotKindArgument: String, CaseIterable, ExpressibleByArgument, Sendable {
    case tasks
    case threads

    var kind: WorkerOptions.SlotKind {
        switch self {
        case .tasks: .tasks
        case .threads: .threads
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
