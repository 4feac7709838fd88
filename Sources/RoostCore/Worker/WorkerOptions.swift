/// How a worker works.
public struct WorkerOptions: Sendable {
    /// Where the slots run their jobs.
    public enum SlotKind: String, Sendable, CaseIterable {
        /// As tasks of Swift's own thread pool: for jobs that await. A thousand of them cost little.
        case tasks
        /// Each slot on a thread of its own: for jobs that block. A job that blocks its thread while it waits for a
        /// child task of its own waits for ever, since the child runs on the same thread.
        case threads
    }

    /// How many jobs run at a time. By default twice the number of processors.
    public var concurrency: Int
    public var slots: SlotKind
    /// The queues to serve, in order: jobs of the second are taken when the first has none.
    public var queues: [String]
    /// What the worker is called in logs and in the store; by default host and process.
    public var name: String
    /// How long a shutdown lets running jobs go on before it cancels them and gives them back. 25 seconds by default,
    /// since systemd and Kubernetes kill after 30 or later.
    public var grace: Duration
    /// How long a claim holds without a heartbeat. 30 seconds by default.
    public var lease: Duration
    /// How often leases are extended. A third of `lease` by default.
    public var heartbeat: Duration
    /// How often the worker looks for jobs although nothing woke it. A fallback; 1 second by default.
    public var pollInterval: Duration
    /// How often the worker takes back the jobs of others that died, and does what is due. 5 seconds by default.
    public var housekeepingInterval: Duration
    /// The most bytes that a job's output may take: 16 MiB by default.
    public var maxOutput: Int
    /// Whether the stack of each throw in a job is taken, to be logged and stored if the error is unhandled. It costs
    /// up to a millisecond a throw, so it is off by default.
    public var capturesStacks: Bool

    public init(
        concurrency: Int = defaultConcurrency,
        slots: SlotKind = .tasks,
        queues: [String] = ["default"],
        name: String? = nil,
        grace: Duration = .seconds(25),
        lease: Duration = .seconds(30),
        heartbeat: Duration? = nil,
        pollInterval: Duration = .seconds(1),
        housekeepingInterval: Duration = .seconds(5),
        maxOutput: Int = 16 << 20,
        capturesStacks: Bool = false
    ) {
        self.concurrency = concurrency
        self.slots = slots
        self.queues = queues
        self.name = name ?? ProcessIdentity.current.description
        self.grace = grace
        self.lease = lease
        self.heartbeat = heartbeat ?? lease / 3
        self.pollInterval = pollInterval
        self.housekeepingInterval = housekeepingInterval
        self.maxOutput = maxOutput
        self.capturesStacks = capturesStacks
    }

    /// Twice the number of processors.
    public static var defaultConcurrency: Int { 2 * ProcessIdentity.processors }

    /// Refuses what cannot work.
    ///
    /// - Throws: ``InvalidWorkerOption``.
    public func validate() throws(InvalidWorkerOption) {
        guard concurrency >= 1, concurrency <= 10_000 else {
            throw InvalidWorkerOption("concurrency", "\(concurrency)", "it lies between 1 and 10,000")
        }
        guard !queues.isEmpty else {
            throw InvalidWorkerOption("queues", "empty", "a worker without a queue would never do anything")
        }
        guard Set(queues).count == queues.count else {
            throw InvalidWorkerOption("queues", queues.joined(separator: ", "), "one is named twice")
        }
        for queue in queues {
            do {
                try JobOptions.validate(queue: queue)
            } catch {
                throw InvalidWorkerOption("queues", queue, error.reason)
            }
        }
        guard lease >= .seconds(1), lease <= .hours(24) else {
            throw InvalidWorkerOption("lease", "\(lease)", "it lies between a second and a day")
        }
        guard heartbeat > .zero, heartbeat * 2 <= lease else {
            throw InvalidWorkerOption("heartbeat", "\(heartbeat)", "it is at most half of the lease, \(lease)")
        }
        for (name, value) in [
            ("pollInterval", pollInterval), ("housekeepingInterval", housekeepingInterval),
        ] where value <= .zero || value > .hours(24) {
            throw InvalidWorkerOption(name, "\(value)", "it lies above zero, up to a day")
        }
        guard grace >= .zero, grace <= .hours(24) else {
            throw InvalidWorkerOption("grace", "\(grace)", "it lies between zero and a day")
        }
        guard maxOutput >= 0 else {
            throw InvalidWorkerOption("maxOutput", "\(maxOutput)", "it is 0 bytes or more")
        }
    }
}

/// An option with which a worker cannot work: it did not start.
public struct InvalidWorkerOption: Error, Equatable, CustomStringConvertible {
    public let option: String
    public let value: String
    public let reason: String

    init(_ option: String, _ value: String, _ reason: String) {
        self.option = option
        self.value = value
        self.reason = reason
    }

    public var description: String { "invalid worker option \(option): \(value); \(reason)" }
}
