import Synchronization
import TCPProxy

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// One connection by which a test looks at a server and changes it, beside the client under test and sharing no code with
/// it: it sends a command, blocks until the answer is there, and gives up after ``RedisProbe/limit``.
///
/// ```swift
/// let probe = try server.probe()
/// try probe.command("SET", "a", "b")
/// #expect(try probe.command("GET", "a") == .text("b"))
/// ```
package final class RedisProbe: Sendable {
    /// How long a command may take.
    package let limit: Duration
    private let connection: Mutex<RESPConnection>

    /// Connects to 127.0.0.1.
    ///
    /// - Throws: ``RedisProbeError``.
    package init(
        port: Int,
        user: String? = nil,
        password: String? = nil,
        limit: Duration = .seconds(10)
    ) throws(RedisProbeError) {
        self.limit = limit
        connection = Mutex(try RESPConnection(to: .port(port), limit: limit))
        try authenticate(user: user, password: password)
    }

    /// Connects to a Unix socket.
    ///
    /// - Throws: ``RedisProbeError``.
    package init(
        socket path: String,
        user: String? = nil,
        password: String? = nil,
        limit: Duration = .seconds(10)
    ) throws(RedisProbeError) {
        self.limit = limit
        connection = Mutex(try RESPConnection(to: .socket(path), limit: limit))
        try authenticate(user: user, password: password)
    }

    private func authenticate(user: String?, password: String?) throws(RedisProbeError) {
        guard let password else { return }
        try command(["AUTH"] + (user.map { [$0] } ?? []) + [password])
    }

    /// Sends a command and waits for its answer.
    ///
    /// - Throws: ``RedisProbeError``; what the server refuses is ``RedisProbeError/refused(_:)``.
    @discardableResult
    package func command(_ words: String...) throws(RedisProbeError) -> RedisReply {
        try command(words)
    }

    /// Sends a command and waits for its answer.
    @discardableResult
    package func command(_ words: [String]) throws(RedisProbeError) -> RedisReply {
        try command(bytes: words.map { Array($0.utf8) })
    }

    /// The same where a word may be any bytes: the names of Roost's keys are.
    @discardableResult
    package func command(bytes words: [[UInt8]]) throws(RedisProbeError) -> RedisReply {
        let reply = try pipeline(bytes: [words])[0]
        if case .error(let message) = reply { throw .refused(message) }
        return reply
    }

    /// Sends commands together and waits for all answers; what the server refuses is among them as ``RedisReply/error(_:)``.
    package func pipeline(_ commands: [[String]]) throws(RedisProbeError) -> [RedisReply] {
        try pipeline(bytes: commands.map { $0.map { Array($0.utf8) } })
    }

    private func pipeline(bytes commands: [[[UInt8]]]) throws(RedisProbeError) -> [RedisReply] {
        // `withLock` does not pass typed errors on yet where its result is copied out.
        let result = connection.withLock { connection -> Result<[RedisReply], RedisProbeError> in
            do throws(RedisProbeError) {
                try connection.send(commands)
                var replies: [RedisReply] = []
                for _ in commands { replies.append(try connection.receive()) }
                return .success(replies)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// What the server sends without being asked: after `SUBSCRIBE` or `MONITOR`.
    package func receive() throws(RedisProbeError) -> RedisReply {
        let result = connection.withLock { connection -> Result<RedisReply, RedisProbeError> in
            do throws(RedisProbeError) { return .success(try connection.receive()) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// The fields of `INFO`, of all its sections or of one.
    package func info(_ section: String? = nil) throws(RedisProbeError) -> [String: String] {
        let text = try command(["INFO"] + (section.map { [$0] } ?? [])).text ?? ""
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
        }
        return fields
    }
}

package enum RedisProbeError: Error, Equatable, CustomStringConvertible {
    /// Nobody listens, or the connection ended; with the reason.
    case disconnected(String)
    /// No answer within the limit.
    case timedOut
    /// The server's error, as it said it: `WRONGTYPE Operation against …`.
    case refused(String)
    /// What came is not RESP2.
    case unreadable(String)

    package var description: String {
        switch self {
        case .disconnected(let reason): "not connected: \(reason)"
        case .timedOut: "the server does not answer"
        case .refused(let message): "the server refused: \(message)"
        case .unreadable(let line): "the server's answer is not RESP2: \(line)"
        }
    }
}
