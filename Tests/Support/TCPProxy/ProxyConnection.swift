#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A client's connection and the one to the server that goes with it.
struct ProxyConnection {
    private let client: Int32
    private let server: Int32
    private var isConnected = false
    private var requests: ProxyStream
    private var replies: ProxyStream
    private(set) var isOver = false

    /// - Parameter server: a socket that is being connected.
    init(client: Int32, server: Int32) {
        self.client = client
        self.server = server
        requests = ProxyStream(from: client, to: server)
        replies = ProxyStream(from: server, to: client)
    }

    var hasLost: Bool { requests.hasLost || replies.hasLost }

    func addInterests(_ rules: ProxyRules, readable: inout DescriptorSet, writable: inout DescriptorSet) {
        guard isConnected else {
            writable.insert(server)
            return
        }
        if requests.wantsToRead { readable.insert(client) }
        if replies.wantsToRead { readable.insert(server) }
        if requests.wantsToWrite(rules.requests) { writable.insert(server) }
        if replies.wantsToWrite(rules.replies) { writable.insert(client) }
    }

    /// When something may be handed on next.
    func due(_ rules: ProxyRules) -> Int64? {
        guard isConnected else { return nil }
        return [requests.due(rules.requests), replies.due(rules.replies)].compactMap(\.self).min()
    }

    /// Does all that can be done now.
    mutating func advance(
        _ rules: inout ProxyRules,
        _ counts: inout TCPProxy.Counts,
        readable: DescriptorSet,
        writable: DescriptorSet,
        scratch: UnsafeMutableRawBufferPointer,
        now: Int64
    ) {
        guard !isOver else { return }
        if !isConnected {
            guard writable.contains(server) else { return }
            var error: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(server, SOL_SOCKET, SO_ERROR, &error, &size)
            guard error == 0 else { return end(.reset) }
            isConnected = true
        } else {
            if writable.contains(server) { requests.canWrite() }
            if writable.contains(client) { replies.canWrite() }
        }
        if readable.contains(client), requests.wantsToRead {
            requests.read(into: scratch, rules.requests, now: now, counting: &counts.requestBytes)
        }
        if readable.contains(server), replies.wantsToRead {
            replies.read(into: scratch, rules.replies, now: now, counting: &counts.replyBytes)
        }
        let fates = [
            requests.write(&rules.requests, now: now, counting: &counts.requestBytes, lost: &counts.lostBytes),
            replies.write(&rules.replies, now: now, counting: &counts.replyBytes, lost: &counts.lostBytes),
        ]
        for case .ends(let ending) in fates where !isOver { end(ending) }
        if requests.isOver, replies.isOver { end(.finish) }
    }

    mutating func end(_ ending: TCPProxy.Ending) {
        guard !isOver else { return }
        isOver = true
        for side in [client, server] {
            switch ending {
            case .reset:
                var now = linger(l_onoff: 1, l_linger: 0)
                setsockopt(side, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
            case .finish:
                shutdown(side, Int32(SHUT_WR))
                // Closed with bytes that nobody has read, it would be reset.
                var rest = [UInt8](repeating: 0, count: 65_536)
                while recv(side, &rest, rest.count, Int32(MSG_DONTWAIT)) > 0 {}
            }
            close(side)
        }
    }
}
