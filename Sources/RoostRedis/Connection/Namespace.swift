import Logging
import RoostCore
import RoostRedisClient
import Synchronization

/// The keys of one namespace on a server, and the scripts that run on them.
///
/// Each script is told the epoch, by which the numbers of lanes were learnt. Where the server has another one these mean
/// nothing: a lane was added, or the server came back with older data; or it was emptied, or came back without its data,
/// and then all means nothing that this process knows of it.
final class Namespace: Sendable {
    /// The version of the model that this build reads and writes.
    static let model = 1

    private struct State {
        var epoch: [UInt8] = []
        /// Made with the namespace.
        var birth: [UInt8]?
    }

    let client: RedisClient
    let name: String
    let prefix: String
    private let keys: [String]
    private let time: (any TimeSource)?
    private let logger: Logger
    private let state = Mutex(State())
    private let onNewEpoch: @Sendable () -> Void
    private let onReset: @Sendable () -> Void

    /// - Parameters:
    ///   - onNewEpoch: the numbers of the lanes are to be learnt anew.
    ///   - onReset: nothing is left of what this process claimed.
    init(
        _ client: RedisClient,
        namespace: String,
        time: (any TimeSource)?,
        logger: Logger,
        onNewEpoch: @escaping @Sendable () -> Void,
        onReset: @escaping @Sendable () -> Void
    ) {
        self.client = client
        self.name = RedisStoreURL.name(client.configuration, namespace: namespace)
        self.prefix = "{\(namespace)}:"
        self.keys = ["\(prefix)meta", "\(prefix)absent"]
        self.time = time
        self.logger = logger
        self.onNewEpoch = onNewEpoch
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
        // In this order: whoever reads the epoch first, and then a number, never has a number older than his epoch.
        if state.withLock({ $0.epoch }) != epoch { onNewEpoch() }
        let before = state.withLock { state in
            defer { state = State(epoch: epoch, birth: birth) }
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

    /// The numbers of the lanes were learnt, or given, by this epoch.
    func setEpoch(_ epoch: [UInt8]) {
        state.withLock { $0.epoch = epoch }
    }

    /// A call was made by an epoch that is over; the one of now is known.
    static let changed = StoreError(.unavailable, "the namespace changed while the call was made")

    /// How often a call is made while the epoch changes: once for each lane that others add meanwhile.
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
                return try await body(state.withLock { $0.epoch })
            } catch {
                guard error == Self.changed else { throw error }
            }
        }
        return try await body(state.withLock { $0.epoch })
    }

    /// Runs a script that is told numbers of lanes.
    ///
    /// - Throws: ``changed``, too.
    func runOnce(
        _ script: RedisScript,
        in epoch: [UInt8],
        resend: RedisResend,
        arguments: (inout RedisCommand) -> Void
    ) async throws(StoreError) -> RedisValue {
        do throws(RedisError) {
            return try await client.run(script, keys: keys, resend: resend) { command in
                begin(&command, epoch)
                arguments(&command)
            }
        } catch {
            throw try await meaning(of: error)
        }
    }

    /// The same, and waits until as many replicas have what the script wrote.
    ///
    /// - Throws: `unavailable` where too few have it in time: it is stored nevertheless.
    func runOnce(
        _ script: RedisScript,
        in epoch: [UInt8],
        resend: RedisResend,
        waitingFor replicas: Int,
        arguments: (inout RedisCommand) -> Void
    ) async throws(StoreError) -> RedisValue {
        let replies: [RedisValue]
        do throws(RedisError) {
            replies = try await client.run(script, keys: keys, resend: resend, then: wait(for: replicas)) { command in
                begin(&command, epoch)
                arguments(&command)
            }
        } catch {
            throw try await meaning(of: error)
        }
        for case .error(let message) in replies.dropFirst() {
            throw StoreError(
                .unavailable,
                """
                \(name) stored the jobs, but cannot say whether replicas have them: \(message). \(Self.again)
                """
            )
        }
        guard let count = replies.last?.integer else { throw broken("WAIT", replies.last ?? .null) }
        guard count < replicas else { return replies[0] }
        throw StoreError(
            .unavailable,
            """
            \(name) stored the jobs, but only \(count) of \(replicas) replicas have them in time: a failover may lose them. \
            Look at the replicas. \(Self.again)
            """
        )
    }

    private static let again = "Enqueued again, the jobs are there twice, unless they have a unique key"

    /// `WAIT` is about what its own connection wrote last: on another one, or another server, it would ask about something else. A
    /// script that is sent again may find that all is stored and write nothing, so something is written in any case.
    private func wait(for replicas: Int) -> [RedisCommand] {
        var wait = RedisCommand("WAIT")
        wait.append(replicas)
        // Well before the call itself is given up; all else on the connection waits meanwhile.
        let patience = min(client.configuration.timeout / 2, .seconds(1))
        wait.append(max(1, Int(patience / .milliseconds(1))))
        return [RedisCommand("HSET", keys[0], "copied", ""), wait]
    }

    /// What every script is told first.
    private func begin(_ command: inout RedisCommand, _ epoch: [UInt8]) {
        command.append(epoch)
        if let time {
            command.append(time.now.microseconds)
            command.append(time.uptime.wholeMicroseconds)
        } else {
            command.append("")
            command.append("")
        }
    }

    private func meaning(of error: RedisError) async throws(StoreError) -> StoreError {
        guard case .server("EPOCH", _) = error else { return .from(error, at: name) }
        try await open()
        return Self.changed
    }

    /// Commands that need no script.
    func pipeline(_ commands: [RedisCommand]) async throws(StoreError) -> [RedisValue] {
        do throws(RedisError) {
            let replies = try await client.pipeline(commands, resend: .safe)
            for case .error(let message) in replies {
                let code = String(message.prefix { $0 != " " })
                throw RedisError.server(code: code, message: message)
            }
            return replies
        } catch {
            throw .from(error, at: name)
        }
    }

    func broken(_ what: String, _ reply: RedisValue) -> StoreError {
        StoreError(.broken, "\(name) answered \(what) with \(reply)".prefix(500).description)
    }
}
