#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Turns jobs as users write them into jobs as stores keep them: checks the options, encodes the arguments.
struct JobPreparer: Sendable {
    /// The most bytes that the arguments of one job may take.
    var maxPayload = 16 << 20
    var enqueuedBy = ""
    var ids: JobIDGenerator = .shared

    /// - Parameter facts: what holds for all jobs of the type, for whoever prepares many.
    func newJob<Work: Job>(
        for request: JobRequest<Work>,
        facts: JobTypeFacts<Work> = JobTypeFacts(),
        graph: JobID? = nil
    ) throws -> NewJob {
        try request.options.validate()
        let bytes: Data
        do {
            bytes = try facts.arguments(of: request.job)
        } catch {
            throw JobEncodingError(kind: facts.kind, underlying: error)
        }
        return try newJob(facts, arguments: bytes, options: request.options, graph: graph)
    }

    /// - Parameter arguments: the job's arguments as JSON; of a graph's job only those that are known already.
    func newJob<Work: Job>(
        _ facts: JobTypeFacts<Work>,
        arguments: Data,
        options: JobOptions,
        openings: [String: InputSource] = [:],
        graph: JobID?
    ) throws -> NewJob {
        guard arguments.count <= maxPayload else {
            throw PayloadTooLarge(kind: facts.kind, bytes: arguments.count, limit: maxPayload)
        }
        let kind = facts.kind
        return NewJob(
            id: ids.next(),
            kind: kind,
            queue: options.queue,
            priority: options.priority,
            start: options.start,
            expiry: options.expiry,
            retention: options.retention,
            maxCrashes: options.maxCrashes,
            unique: try options.unique.map { unique in
                UniqueKey(
                    key: try unique.storedKey(kind: kind, arguments: arguments),
                    period: unique.period,
                    states: unique.states
                )
            },
            graph: graph,
            payload: Payload(bytes: arguments),
            options: try RunOptions(options, openings: openings).stored(default: facts.options),
            headers: options.headers,
            enqueuedBy: enqueuedBy
        )
    }
}

/// The part of a job's options that its worker follows and its store need not know.
struct RunOptions: Sendable, Equatable, Codable {
    var timeout: Duration?
    var retries: Int
    var backoff: Backoff
    /// The arguments that earlier jobs of the graph fill in, by key.
    var openings: [String: InputSource]

    init(_ options: JobOptions, openings: [String: InputSource] = [:]) {
        self.timeout = options.timeout
        self.retries = options.retries
        self.backoff = options.backoff
        self.openings = openings
    }

    /// - Parameter bytes: as ``stored(default:)`` made them, or as whoever may write the database did.
    /// - Throws: `DecodingError`, or `InvalidJobOption` for numbers that arithmetic on times would trap over.
    init(stored bytes: Data) throws {
        self = try PayloadCodec.decode(RunOptions.self, from: bytes)
        try JobOptions(timeout: timeout, retries: retries, backoff: backoff).validate()
    }

    /// The bytes to store with a job; nil where it follows its type's options: those need not be decoded for each job,
    /// and jobs that wait follow a change of the type.
    func stored(default typeOptions: RunOptions) throws -> Data? {
        self == typeOptions ? nil : try PayloadCodec.encode(self)
    }
}

extension Uniqueness {
    /// The key as stores keep it. Keys of different kinds never meet.
    func storedKey(kind: String, arguments: Data) throws -> String {
        if let key { return "\(kind)\u{1}\(key)" }
        // The arguments themselves while they are short, else their hash: users may choose them, so it must be one
        // in which nobody can make two meet.
        if arguments.count <= 256 { return "\(kind)\u{2}\(String(decoding: arguments, as: UTF8.self))" }
        return "\(kind)\u{3}\(SHA256.hex(arguments))"
    }
}

/// The job's arguments cannot be stored; nothing was enqueued.
public struct JobEncodingError: Error, CustomStringConvertible {
    public let kind: String
    public let underlying: any Error

    public var description: String {
        "the arguments of \(kind) cannot be encoded as JSON: \(underlying)"
    }
}

/// The job's arguments take more room than the queue allows; nothing was enqueued.
public struct PayloadTooLarge: Error, Equatable, CustomStringConvertible {
    public let kind: String
    public let bytes: Int
    public let limit: Int

    public var description: String {
        """
        the arguments of \(kind) take \(bytes) bytes, and the queue allows \(limit): store the data elsewhere and pass \
        where it is, or raise maxPayload of the JobQueue
        """
    }
}
