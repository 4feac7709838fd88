#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Ports and sockets of 127.0.0.1.
package enum Loopback {
    /// Below those that systems give to outgoing connections, so that one that is given up for a while is still there
    /// afterwards; a client that tries it over and over would in the end be connected with itself.
    private static let range: ClosedRange<UInt16> = 12_000...31_999

    /// A port that nobody listens on now. Another process may take it first: be ready to ask again.
    ///
    /// - Throws: ``SocketError`` where none is found.
    package static func freePort() throws(SocketError) -> Int {
        var last = SocketError(doing: "bind", code: EADDRINUSE)
        for _ in 0..<100 {
            let port = Int(UInt16.random(in: range))
            do throws(SocketError) {
                close(try listener(on: port))
                return port
            } catch {
                last = error
            }
        }
        throw last
    }

    /// A socket that listens on this port of 127.0.0.1.
    package static func listener(on port: Int) throws(SocketError) -> Int32 {
        let descriptor = try open()
        do throws(SocketError) {
            var yes: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            guard withAddress(port: port, { bind(descriptor, $0, $1) }) == 0 else { throw .now("bind") }
            guard listen(descriptor, 512) == 0 else { throw .now("listen") }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// A TCP socket that is not connected, which children do not inherit and whose writes raise no signal.
    package static func open() throws(SocketError) -> Int32 {
        #if canImport(Darwin)
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        guard descriptor >= 0 else { throw .now("socket") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        #else
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .now("socket") }
        #endif
        prepare(descriptor)
        return descriptor
    }

    /// Sends small pieces at once, and answers a write to a closed connection by an error in place of a signal.
    package static func prepare(_ descriptor: Int32) {
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        #if canImport(Darwin)
        setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &yes, socklen_t(MemoryLayout<Int32>.size))
        #endif
    }

    /// `connect` to a port; -1 and `errno` where that fails or is not over yet.
    package static func join(_ descriptor: Int32, to port: Int, host: HostAddress = .loopback) -> Int32 {
        withAddress(port: port, host: host) { connect(descriptor, $0, $1) }
    }

    /// Has `accept` and `connect` of it answer at once.
    static func setNonblocking(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    /// `send`, of a socket that was made ready by ``prepare(_:)``.
    package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
        #if canImport(Darwin)
        send(descriptor, bytes.baseAddress, bytes.count, 0)
        #else
        send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        #endif
    }

    private static func withAddress(
        port: Int,
        host: HostAddress = .loopback,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        #if canImport(Darwin)
        address.sin_len = UInt8(MemoryLayout<sockaddr_in>.size)
        #endif
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = host.number.bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}

/// An IPv4 address.
package struct HostAddress: Sendable {
    package static let loopback = HostAddress(number: 0x7F00_0001)

    /// The first of the four numbers is the highest byte.
    let number: UInt32

    private init(number: UInt32) {
        self.number = number
    }

    /// - Parameter text: four numbers (`127.0.0.1`), or `localhost`.
    package init?(_ text: String) {
        if text == "localhost" {
            self = .loopback
            return
        }
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard numbers.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in numbers {
            guard let part else { return nil }
            number = number << 8 | UInt32(part)
        }
        self.number = number
    }
}
