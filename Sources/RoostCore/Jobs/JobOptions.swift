/// What a job asks for beyond its arguments. Set for a type in ``Job/options`` (or in `@Job(…)`), and for one call
/// by the methods of ``Enqueueable``.
public struct JobOptions: Sendable, Equatable {
    /// When a job may start.
    public enum Start: Sendable, Equatable {
        case now
        /// This long after it was enqueued, or after the last job it waits for has ended.
        case after(Duration)
        case at(Timestamp)
    }

    /// When a job is no longer worth starting.
    public enum Expiry: Sendable, Equatable {
        /// This long after it was first enqueued; retries do not move it. Zero: unless it starts at once.
        case after(Duration)
        case at(Timestamp)
    }

    /// The line in which the job stands. `default` by default.
    public var queue: String
    /// Higher goes first within one queue; equal ones first in, first out. 0 by default.
    public var priority: Int32
    public var start: Start
    /// When the job is no longer worth starting; nil: never.
    public var expiry: Expiry?
    /// How long one attempt may take before its task is cancelled; nil: without limit.
    public var timeout: Duration?
    /// How many more times the job is tried after it threw. 0 by default.
    public var retries: Int
    /// How long it waits before each of them.
    public var backoff: Backoff
    /// What makes another job a duplicate of this one; nil: nothing does.
    public var unique: Uniqueness?
    /// Anything to carry along: a tenant, a trace. Strings only; not seen by the job's function but through its context.
    public var headers: [String: String]
    /// How long the outcome can be read after the job ended. A day by default.
    public var retention: Duration
    /// After how many crashes of its process the job is set aside as poison. 3 by default.
    public var maxCrashes: Int

    public init(
        queue: String = "default",
        priority: Int32 = 0,
        start: Start = .now,
        expiry: Expiry? = nil,
        timeout: Duration? = nil,
        retries: Int = 0,
        backoff: Backoff = .exponential(from: .seconds(1)),
        unique: Uniqueness? = nil,
        headers: [String: String] = [:],
        retention: Duration = .days(1),
        maxCrashes: Int = 3
    ) {
        self.queue = queue
        self.priority = priority
        self.start = start
        self.expiry = expiry
        self.timeout = timeout
        self.retries = retries
        self.backoff = backoff
        self.unique = unique
        self.headers = headers
        self.retention = retention
        self.maxCrashes = maxCrashes
    }

    /// Those of a type that asks for nothing.
    static let standard = JobOptions()

    /// The longest duration an option takes: 100 years of 365 days. A longer one is a mistake in units.
    static let longest: Duration = .days(36_500)

    /// Refuses what cannot be meant.
    ///
    /// - Throws: `InvalidJobOption`, which names the option, its value and the reason.
    public func validate() throws(InvalidJobOption) {
        try Self.validate(queue: queue)
        if case .after(let delay) = start {
            try Self.validate(delay, as: "delay")
        }
        if case .after(let expiry) = expiry {
            try Self.validate(expiry, as: "expiry")
        }
        if let timeout {
            try Self.validate(timeout, as: "timeout")
            guard timeout > .zero else {
                throw InvalidJobOption("timeout", "it is zero", "no attempt could ever end in time")
            }
        }
        guard retries >= 0 else {
            throw InvalidJobOption("retries", "it is \(retries)", "it counts further attempts: use 0 or more")
        }
        try backoff.validate()
        try unique?.validate()
        try Self.validate(retention, as: "retention")
        guard maxCrashes >= 1 else {
            throw InvalidJobOption("maxCrashes", "it is \(maxCrashes)", "a job is set aside after 1 crash or more")
        }
        for (name, value) in headers where name.isEmpty || name.utf8.count > 256 || value.utf8.count > 8192 {
            throw InvalidJobOption(
                "headers",
                "'\(name.prefix(40))' has \(name.utf8.count) bytes and a value of \(value.utf8.count)",
                "a name has 1 to 256 bytes, a value at most 8,192"
            )
        }
    }

    static func validate(queue: String) throws(InvalidJobOption) {
        let isControl = { (scalar: Unicode.Scalar) in scalar.value < 32 || (0x7F...0x9F).contains(scalar.value) }
        guard !queue.isEmpty, queue.utf8.count <= 128, !queue.unicodeScalars.contains(where: isControl) else {
            throw InvalidJobOption(
                "queue",
                "the name is '\(queue.prefix(40))'",
                "a queue's name has 1 to 128 bytes and no control characters"
            )
        }
    }

    static func validate(_ duration: Duration, as option: String) throws(InvalidJobOption) {
        guard duration >= .zero, duration <= longest else {
            throw InvalidJobOption(option, "it is \(duration)", "it lies between zero and 100 years")
        }
    }
}

/// An option that a job cannot have: nothing was enqueued.
public struct InvalidJobOption: Error, Equatable, CustomStringConvertible {
    public let option: String
    public let value: String
    public let reason: String

    init(_ option: String, _ value: String, _ reason: String) {
        self.option = option
        self.value = value
        self.reason = reason
    }

    /// `invalid option retries: it is -1; it counts further attempts: use 0 or more`
    public var description: String { "invalid option \(option): \(value); \(reason)" }
}
