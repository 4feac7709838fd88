import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Stands between a client and a server and makes the faults of a network: it delays, stalls, cuts, loses what goes one way,
/// and refuses. It listens on a free port of 127.0.0.1.
///
/// ```swift
/// let proxy = try TCPProxy(to: server.port)
/// let client = … "redis://127.0.0.1:\(proxy.port)" …
/// proxy.setDelay(.milliseconds(1))
/// proxy.cut(after: 0, .replies)        // the next request arrives, its reply does not, and the connection is gone
/// ```
///
/// All of it is done by one thread, which sleeps until something comes or is due. Each control returns once it is in force.
package final class TCPProxy: Sendable {
    package enum Direction: Sendable, CaseIterable {
        /// From the client to the server.
        case requests
        /// From the server to the client.
        case replies
    }

    /// How both sides hear that a connection is over.
    package enum Ending: Sendable {
        /// RST: an error, also of what was sent already.
        case reset
        /// FIN: the end of the stream, as when the other side closed it.
        case finish
    }

    /// All since the start.
    package struct Counts: Equatable, Sendable {
        /// Connections that clients made.
        package var accepted = 0
        /// Those that are open now.
        package var open = 0
        /// Bytes that were handed on.
        package var requestBytes = 0
        package var replyBytes = 0
        /// Bytes that were thrown away, by ``TCPProxy/cut(_:)-(Direction)``.
        package var lostBytes = 0

        package init() {}
    }

    /// Where it listens.
    package let port: Int
    private let mailbox: ProxyMailbox
    private let lastCounts = Mutex(Counts())

    /// Listens from now on.
    ///
    /// - Parameters:
    ///   - target: the server's port.
    ///   - host: the server's IPv4 address, or `localhost`. The server need not be there yet.
    /// - Throws: ``SocketError``.
    package init(to target: Int, host: String = "127.0.0.1") throws(SocketError) {
        guard let address = HostAddress(host) else { throw SocketError(doing: "address \(host)", code: EINVAL) }
        var listener: (port: Int, descriptor: Int32)?
        for _ in 0..<20 where listener == nil {
            let port = try Loopback.freePort()
            // Another process may have been faster.
            if let descriptor = try? Loopback.listener(on: port) { listener = (port, descriptor) }
        }
        guard let listener else { throw SocketError(doing: "bind", code: EADDRINUSE) }
        do throws(SocketError) { mailbox = try ProxyMailbox() } catch {
            close(listener.descriptor)
            throw error
        }
        port = listener.port
        let mailbox = mailbox
        do throws(SocketError) {
            try ProxyThread.start {
                var loop = ProxyLoop(listener: listener.descriptor, target: target, host: address)
                loop.run(mailbox)
            }
        } catch {
            close(listener.descriptor)
            throw error
        }
    }

    deinit { stop() }

    /// Hands all bytes on so much later, in their order, each by itself: many may be under way.
    ///
    /// - Parameter direction: nil: both, each by so much.
    package func setDelay(_ delay: Duration, _ direction: Direction? = nil) {
        let (seconds, attoseconds) = delay.components
        let nanoseconds = max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        mailbox.perform { $0.change(direction) { $0.delay = nanoseconds } }
    }

    /// Hands nothing on any more: connections stay open, new ones are accepted, and what is sent waits.
    ///
    /// - Parameter direction: nil: both.
    package func stall(_ direction: Direction? = nil) {
        mailbox.perform { $0.change(direction) { $0.isStalled = true } }
    }

    /// Ends ``stall(_:)``, in both directions: what waited is handed on.
    package func resume() {
        mailbox.perform { $0.change(nil) { $0.isStalled = false } }
    }

    /// Ends all connections; what is under way in them is lost. New ones are accepted.
    package func cut(_ ending: Ending = .reset) {
        mailbox.perform { $0.endAll(ending) }
    }

    /// Throws away all that goes one way, also the ends of connections, while the other way stays open: with `.replies`,
    /// requests arrive and are carried out, and nobody hears of it.
    package func cut(_ direction: Direction) {
        mailbox.perform { $0.change(direction) { $0.isCut = true } }
    }

    /// Ends ``cut(_:)-(Direction)``. Connections that have lost bytes are reset: what follows a gap would be another stream.
    package func mend() {
        mailbox.perform { $0.mend() }
    }

    /// Lets so many more bytes go this way, of all connections together, and ends the connection that the next one comes by
    /// in its place. With 0 and `.replies` the next request is carried out and its reply is lost. Once; the latest call holds.
    package func cut(after bytes: Int, _ direction: Direction, by ending: Ending = .reset) {
        mailbox.perform {
            $0.change(direction) { $0.allowance = ProxyRule.Allowance(left: max(0, bytes), ending: ending) }
        }
    }

    /// Refuses new connections, as a machine where nobody listens. Those that are open stay.
    package func refuseConnections() {
        mailbox.perform { $0.closeListener() }
    }

    /// Ends ``refuseConnections()``.
    ///
    /// - Throws: ``SocketError`` where another process has taken the port.
    package func acceptConnections() throws(SocketError) {
        let port = port
        let result = mailbox.perform { loop -> Result<Void, SocketError> in
            do throws(SocketError) { return .success(try loop.openListener(on: port)) } catch { return .failure(error) }
        }
        try result?.get()
    }

    package var counts: Counts { mailbox.perform { $0.counts } ?? lastCounts.withLock { $0 } }

    /// Ends all connections and listens no more. For good.
    package func stop() {
        let counts = mailbox.perform { loop in
            loop.stop()
            return loop.counts
        }
        if let counts { lastCounts.withLock { $0 = counts } }
    }
}
