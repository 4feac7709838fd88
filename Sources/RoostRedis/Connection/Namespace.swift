import Logging
import RoostCore
import RoostRedisClient
import Synchronization

/// The keys of one namespace on a server, and the scripts that run on them.
///
/// Each script is told the epoch, which is made with the namespace. Where the server has another one, all that this process knows of it
/// (the numbers of lanes, what it claimed) means nothing: the server was emptied, or came back without its data.
final class Namespace: Sendable {
    /// The version of the model that this build reads and writes.
    static let model = 1

    private struct State {
        var epoch: [UInt8]?
    }

    let client: RedisClient
    let name: String
    let prefix: String
    private let keys: [String]
    private let time: (any TimeSource)?
    private let logger: Logger
    private let state = Mutex(State())
    private let onReset: @Sendable () -> Void

    /// - Parameter onReset: what this process knew of the namespace means nothing any more.
    init(
        _ client: RedisClient,
        namespace: String,
        time: (any TimeSource)?,
        logger: Logger,
        onReset: @escaping @Sendable () -> Void
    ) {
        self.client = client
        self.name = "\(client.configuration.description) (namespace \(namespace))"
        self.prefix = "{\(namespace)}:"
        self.keys = ["\(prefix)meta", "\(prefix)absent"]
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
        var epoch: [UInt8] = []
        epoch.append(id: JobID())
        let reply: RedisValue
        do throws(RedisError) {
            reply = try await client.run(Scripts.open, keys: keys, resend: .safe) { arguments in
                arguments.append(epoch)
                arguments.append(Self.model)
            }
        } catch {
            throw .from(error, at: name)
        }
        guard let values = reply.array, values.count == 3, let found = values[0].bytes, let model = values[1].integer
        else {
            throw StoreError(.broken, "\(name) answered the opening with \(reply)")
        }
        guard model <= Self.model else {
            throw StoreError(
                .newerSchema,
                "\(name) was made by a newer Roost (model \(model); this one knows \(Self.model)): update this program"
            )
        }
        let before = state.withLock { state in
            defer { state.epoch = found }
            return state.epoch
        }
        if let before, before != found {
            onReset()
            logger.critical(
                "the Redis server came back empty: every job that it held is gone",
                metadata: ["store": "\(name)"]
            )
        }
    }

    /// A call was made of a namespace that is not there any more; the one that is there now was opened.
    static let changed = StoreError(.unavailable, "the namespace was made anew while the call was made")

    /// Runs a script. Where the namespace is not the one that was opened it is opened anew, and the call made again.
    func run(
        _ script: RedisScript,
        resend: RedisResend,
        arguments: (inout RedisCommand) -> Void = { _ in }
    ) async throws(StoreError) -> RedisValue {
        try await inOneEpoch { () throws(StoreError) -> RedisValue in
            try await runOnce(script, resend: resend, arguments: arguments)
        }
    }

    /// Makes a call of several steps, and makes it again where the namespace changed meanwhile: nothing was done then.
    func inOneEpoch<Answer>(_ body: () async throws(StoreError) -> Answer) async throws(StoreError) -> Answer {
        for _ in 0..<2 {
            do throws(StoreError) {
                return try await body()
            } catch {
                guard error == Self.changed else { throw error }
            }
        }
        return try await body()
    }

    /// Runs a script that is told numbers of lanes.
    ///
    /// - Throws: ``changed``, too.
    func runOnce(
        _ script: RedisScript,
        resend: RedisResend,
        arguments: (inout RedisCommand) -> Void
    ) async throws(StoreError) -> RedisValue {
        let epoch = state.withLock { $0.epoch } ?? []
        do throws(RedisError) {
            return try await client.run(script, keys: keys, resend: resend) { command in
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
