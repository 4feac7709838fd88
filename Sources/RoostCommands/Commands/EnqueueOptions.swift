import ArgumentParser
import RoostCore

/// A job's options, as far as a command line can set them.
struct EnqueueOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("The queue to stand in.", valueName: "name"))
    var queue: String?

    // Unconditional: a minus would begin an option otherwise.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Higher goes first within a queue; 0 is usual.", valueName: "number")
    )
    var priority: Int32?

    @Option(help: ArgumentHelp("Not before this has passed.", valueName: "time"), transform: DurationArgument.init)
    var delay: DurationArgument?

    @Option(help: ArgumentHelp("Only if it starts within this.", valueName: "time"), transform: DurationArgument.init)
    var expires: DurationArgument?

    @Option(
        help: ArgumentHelp("Cancel an attempt after this. (kinds of this program)", valueName: "time"),
        transform: DurationArgument.init
    )
    var timeout: DurationArgument?

    @Option(help: ArgumentHelp("How often to try again after an error. (kinds of this program)", valueName: "count"))
    var retries: Int?

    @Option(help: ArgumentHelp("Only if no other job of the kind holds this key.", valueName: "key"))
    var unique: String?

    @Option(
        help: ArgumentHelp(
            "How long the key is held, from now on; without it, until the job has ended.",
            valueName: "time"
        ),
        transform: DurationArgument.init
    )
    var uniqueFor: DurationArgument?

    @Option(help: ArgumentHelp("A header to carry along; may be given again.", valueName: "name=value"))
    var header: [String] = []

    @Option(
        help: ArgumentHelp("How long its outcome is kept after its end.", valueName: "time"),
        transform: DurationArgument.init
    )
    var retention: DurationArgument?

    @Option(help: ArgumentHelp("After how many crashes of its process it is set aside.", valueName: "count"))
    var maxCrashes: Int?

    /// The names of the given options that only the type of a job can carry out.
    var typed: [String] {
        [timeout.map { _ in "--timeout" }, retries.map { _ in "--retries" }].compactMap { $0 }
    }

    /// `options` with what was given in its place.
    func applied(to options: JobOptions) throws(CommandError) -> JobOptions {
        var options = options
        if let queue { options.queue = queue }
        if let priority { options.priority = priority }
        if let delay { options.start = .after(delay.duration) }
        if let expires { options.expiry = .after(expires.duration) }
        if let timeout { options.timeout = timeout.duration }
        if let retries { options.retries = retries }
        if let unique {
            options.unique = Uniqueness(key: unique, period: uniqueFor?.duration)
        } else if uniqueFor != nil {
            throw CommandError("--unique-for says how long a key is held: give the key by --unique", status: .usage)
        }
        for header in header {
            guard let equals = header.firstIndex(of: "="), equals > header.startIndex else {
                throw CommandError("--header '\(header)' has no name: write name=value", status: .usage)
            }
            options.headers[String(header[..<equals])] = String(header[header.index(after: equals)...])
        }
        if let retention { options.retention = retention.duration }
        if let maxCrashes { options.maxCrashes = maxCrashes }
        do {
            try options.validate()
        } catch {
            throw CommandError(error.description, status: .usage)
        }
        return options
    }
}
