#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

struct ProxyRules {
    var requests = ProxyRule()
    var replies = ProxyRule()
}

/// All that the proxy's thread has, and nobody else touches.
struct ProxyLoop {
    private let target: Int
    private let host: HostAddress
    /// nil while it refuses.
    private var listener: Int32?
    private var connections: [ProxyConnection] = []
    private var rules = ProxyRules()
    private var total = TCPProxy.Counts()
    private var isOver = false

    init(listener: Int32, target: Int, host: HostAddress) {
        Loopback.setNonblocking(listener)
        self.listener = listener
        self.target = target
        self.host = host
    }

    var counts: TCPProxy.Counts {
        var counts = total
        counts.open = connections.count
        return counts
    }

    /// Returns once it is told to stop.
    mutating func run(_ mailbox: ProxyMailbox) {
        ProxyThread.sleepExactly()
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { scratch.deallocate() }
        while !isOver {
            var (readable, writable) = (DescriptorSet(), DescriptorSet())
            readable.insert(mailbox.bell)
            if let listener { readable.insert(listener) }
            var due: Int64?
            for connection in connections {
                connection.addInterests(rules, readable: &readable, writable: &writable)
                if let next = connection.due(rules) { due = min(due ?? next, next) }
            }
            let limit = due.map { max(0, $0 - Self.now) }
            DescriptorSet.wait(readable: &readable, writable: &writable, limit: limit)

            if readable.contains(mailbox.bell) {
                for command in mailbox.take() { command(&self) }
                // Descriptors may be others' now: asked anew.
                continue
            }
            if let listener, readable.contains(listener) { acceptAll(listener) }
            let now = Self.now
            for index in connections.indices {
                connections[index].advance(
                    &rules,
                    &total,
                    readable: readable,
                    writable: writable,
                    scratch: scratch,
                    now: now
                )
            }
            connections.removeAll(where: \.isOver)
        }
        for command in mailbox.end() { command(&self) }
    }

    private mutating func acceptAll(_ listener: Int32) {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { return }
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            Loopback.prepare(client)
            total.accepted += 1
            guard let server = try? Loopback.open() else {
                close(client)
                continue
            }
            Loopback.setNonblocking(server)
            var connection = ProxyConnection(client: client, server: server)
            // That it is connected it says by becoming writable.
            if Loopback.join(server, to: target, host: host) != 0, errno != EINPROGRESS {
                connection.end(.reset)
            } else {
                connections.append(connection)
            }
        }
    }

    mutating func change(_ direction: TCPProxy.Direction?, _ body: (inout ProxyRule) -> Void) {
        if direction != .replies { body(&rules.requests) }
        if direction != .requests { body(&rules.replies) }
    }

    mutating func mend() {
        change(nil) { $0.isCut = false }
        for index in connections.indices where connections[index].hasLost { connections[index].end(.reset) }
        connections.removeAll(where: \.isOver)
    }

    mutating func endAll(_ ending: TCPProxy.Ending) {
        // Those that wait to be accepted are connections too, for their clients.
        if let listener { acceptAll(listener) }
        for index in connections.indices { connections[index].end(ending) }
        connections = []
    }

    mutating func closeListener() {
        guard let listener else { return }
        // Before, as closing it would reset them.
        acceptAll(listener)
        close(listener)
        self.listener = nil
    }

    mutating func openListener(on port: Int) throws(SocketError) {
        guard listener == nil else { return }
        let descriptor = try Loopback.listener(on: port)
        Loopback.setNonblocking(descriptor)
        listener = descriptor
    }

    mutating func stop() {
        closeListener()
        endAll(.reset)
        isOver = true
    }

    /// Nanoseconds of the monotonic clock.
    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
