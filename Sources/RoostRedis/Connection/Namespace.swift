import Logging
import RoostCore
import RoostRedisClient
import Synchronization

/// The keys of one namespace on a server, and the scripts that run on them.
///
/// Each script is told the epoch, by which the numbers of lanes were learnt. Where the server never had it these mean nothing:
/// it came back with older data; or it was emptied, or came back without its data, and then all means nothing that this
/// process knows of it.
final class Namespace: Sendable {
    /// The version of the model that this build reads and writes.
    static let model = 1

    private struct State {
        /// Made with the namespace.
        var birth: [UInt8]?
    }

    let client: RedisClient
    let name: String
    let prefix: String
    private let keys: [String]
    private let time: (any TimeSource)?
    private let logger: Logger
    private let lanes: LaneNames
    private let state = Mutex(State())
    private let onReset: @Sendable () -> Void

    /// - Parameter onReset: nothing is left of what this process claimed.
    init(
        _ client: RedisClient,
        namespace: String,
        lanes: LaneNames,
        time: (any TimeSource)?,
        logger: Logger,
        onReset: @escaping @Sendable () -> Void
    ) {
        self.client = client
        self.name = RedisStoreURL.name(client.configuration, namespace: namespace)
        self.prefix = "{\(namespace)}:"
        self.keys = ["\(prefix)meta", "\(prefix)absent"]
        self.lanes = lanes
        self.time = time
        self.logger = logger
        self.onReset = onReset
    }

    /// The key of a job's row.
    func key(_ kind: String, _ id: JobID) -> [UInt8] {
        Array(prefix.utf8) + Array(kind.utf8) + id.bytes
    }

    /// Makes the namespace where there is none.
    ///
    /// - Throws: `newerSchema` where a newer Roost made it.
    func open() async throws(StoreError) {
        let new = Self.newEpoch()
        let reply: RedisValue
        do throws(RedisError) {
            reply = try await client.run(Scripts.open, keys: keys, resend: .safe) { arguments in
                arguments.append(new)
                arguments.append(Self.model)
            }
        } catch {
            if case .protocolViolation = error, state.withLock({ $0.birth == nil }) {
                throw StoreError(.foreign, "\(name): \(error)")
            }
            throw .from(error, at: name)
        }
        guard let values = reply.array, values.count == 3, let epoch = values[0].bytes, let model = values[1].integer,
            let birth = values[2].bytes
        else {
            throw StoreError(.broken, "\(name) answered the opening with \(reply)")
        }
        guard model <= Self.model else {
            throw StoreError(
                .newerSchema,
                "\(name) was made by a newer Roost (model \(model); this one knows \(Self.model)): update this program"
            )
        }
        lanes.forget(for: epoch)
        let before = state.withLock { state in
            defer { state.birth = birth }
            return state.birth
        }
        if let before, before != birth {
            onReset()
            logger.critical(
                "the Redis server came back empty: every job that it held is gone",
                metadata: ["store": "\(name)"]
            )
        }
    }

    static func newEpoch() -> [UInt8] {
        var epoch: [UInt8] = []
        epoch.append(id: JobID())
        return epoch
    }

    /// A call was made by an epoch that is over; the one of now is known.
    static let changed = StoreError(.unavailable, "the namespace changed while the call was made")

    /// How often a call is begun anew while the epoch changes: once for each lane that is added meanwhile.
    private static let mostEpochs = 1000

    /// Runs a script. Where the epoch is another one it is learnt, and the call made again.
    func run(
        _ script: RedisScript,
        resend: RedisResend,
        arguments: (inout RedisCommand) -> Void = { _ in }
    ) async throws(StoreError) -> RedisValue {
        try await inOneEpoch { epoch throws(StoreError) -> RedisValue in
            try await runOnce(script, in: epoch, resend: resend, arguments: arguments)
        }
    }

    /// Makes a call of several steps, and makes it again where the epoch changed meanwhile: the step that told so did nothing.
    ///
    /// - Parameter body: is given the epoch, which is read before it looks up any lane.
    func inOneEpoch<Answer>(_ body: ([UInt8]) async throws(StoreError) -> Answer) async throws(StoreError) -> Answer {
        for _ in 1..<Self.mostEpochs {
            do throws(StoreError) {
                return try await body(lanes.epoch)
            } catch {
                guard error == Self.changed else { throw error }
            }
        }
        return try await body(lanes.epoch)
    }

    /// Runs a script that is told numbers of lanes.
    ///
    /// - Parameter copies: how many replicas must have what the script wrote.
    /// - Throws: ``changed``, too; `unavailable` where too few replicas have it in time: it is stored nevertheless.
    func runOnce(
        _ script: RedisScript,
        in epoch: [UInt8],
        resend: RedisResend,
        copies: Int = 0,
        arguments: (inout RedisCommand) -> Void
    ) async throws(StoreError) -> RedisValue {
        let replies: [RedisValue]
        do throws(RedisError) {
            let waiting = copies > 0 ? wait(for: copies) : []
            replies = try await client.run(script, keys: keys, followedBy: waiting, resend: resend) { command in
                command.append(epoch)
                if let time {
                    command.append(time.now.microseconds)
                    command.append(time.uptime.wholeMicroseconds)
                } else {
                    command.append("")
                    command.append("")
                }
                arguments(&command)
            }
        } catch {
            guard case .server("EPOCH", _) = error else { throw .from(error, at: name) }
            try await open()
            throw Self.changed
        }
        if copies > 0 { try check(replies, for: copies) }
        return replies.first ?? .null
    }

    /// `WAIT` is about what its own connection wrote last. A script that is sent again may find that all is stored and write nothing, so
    /// something is written in any case.
    private func wait(for copies: Int) -> [RedisCommand] {
        var wait = RedisCommand("WAIT")
        wait.append(copies)
        let patience = min(Self.replicaPatience, client.configuration.timeout / 2)
        wait.append(max(1, Int(patience / .milliseconds(1))))
        return [RedisCommand("HSET", keys[0], "copied", ""), wait]
    }

    private func check(_ replies: [RedisValue], for copies: Int) throws(StoreError) {
        for case .error(let message) in replies.dropFirst() {
            throw StoreError(
                .unavailable,
                """
                \(name) stored the jobs, but cannot say whether replicas have them: \(message). \(Self.again)
                """
            )
        }
        guard let count = replies.last?.integer else { throw broken("WAIT", replies.last ?? .null) }
        guard count < copies else { return }
        throw StoreError(
            .unavailable,
            """
            \(name) stored the jobs, but only \(count) of \(copies) replicas have them in time: a failover may lose them. \
            Look at the replicas. \(Self.again)
            """
        )
    }

    private static let again = "Enqueued again, the jobs are there twice, unless they have a unique key"

    private static func refusal(_ message: String, at name: String) -> StoreError {
        .from(.server(code: String(message.prefix { $0 != " " }), message: message), at: name)
    }

    /// How long replicas may take; all else on the connection waits meanwhile.
    private static let replicaPatience = Duration.seconds(1)
    /// Commands that need no script.
    func pipeline(_ commands: [RedisCommand]) async throws(StoreError) -> [RedisValue] {
        let replies: [RedisValue]
        do throws(RedisError) {
            replies = try await client.pipeline(commands, resend: .safe)
        } catch {
            throw .from(error, at: name)
        }
        for case .error(let message) in replies { throw Self.refusal(message, at: name) }
        return replies
    }

    func broken(_ what: String, _ reply: RedisValue) -> StoreError {
        StoreError(.broken, "\(name) answered \(what) with \(reply)".prefix(500).description)
    }
}
