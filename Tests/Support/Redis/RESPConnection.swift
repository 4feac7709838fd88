import TCPProxy

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A blocking connection that speaks RESP2.
struct RESPConnection: ~Copyable {
    enum Address {
        case port(Int)
        case socket(String)
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var position = 0

    init(to address: Address, limit: Duration) throws(RedisProbeError) {
        descriptor = try Self.open(address, limit: limit)
    }

    private static func open(_ address: Address, limit: Duration) throws(RedisProbeError) -> Int32 {
        let descriptor: Int32
        switch address {
        case .port:
            do throws(SocketError) { descriptor = try Loopback.open() } catch {
                throw .disconnected(error.description)
            }
        case .socket:
            #if canImport(Darwin)
            descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
            #else
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            #endif
            guard descriptor >= 0 else { throw .disconnected(SocketError.now("socket").description) }
        }
        var time = timeval()
        time.tv_sec = .init(limit.components.seconds)
        time.tv_usec = .init(limit.components.attoseconds / 1_000_000_000_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        let connected =
            switch address {
            case .port(let port): Loopback.join(descriptor, to: port)
            case .socket(let path): join(descriptor, to: path)
            }
        guard connected == 0 else {
            let error = SocketError.now("connect")
            close(descriptor)
            throw .disconnected(error.description)
        }
        return descriptor
    }

    deinit { close(descriptor) }

    private static func join(_ descriptor: Int32, to path: String) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard bytes.count < room.count else { return false }
            room.copyBytes(from: bytes)
            return true
        }
        guard fits else {
            errno = ENAMETOOLONG
            return -1
        }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    mutating func send(_ commands: [[[UInt8]]]) throws(RedisProbeError) {
        var bytes: [UInt8] = []
        for command in commands {
            bytes += "*\(command.count)\r\n".utf8
            for word in command {
                bytes += "$\(word.count)\r\n".utf8
                bytes += word
                bytes += "\r\n".utf8
            }
        }
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Loopback.write($0, to: descriptor) }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure("send")
            }
            sent += count
        }
    }

    mutating func receive() throws(RedisProbeError) -> RedisReply {
        let line = try readLine()
        guard let first = line.first else { throw .unreadable("an empty line") }
        let rest = String(decoding: line.dropFirst(), as: UTF8.self)
        switch first {
        case UInt8(ascii: "+"): return .text(rest)
        case UInt8(ascii: "-"): return .error(rest)
        case UInt8(ascii: ":"):
            guard let number = Int(rest) else { break }
            return .integer(number)
        case UInt8(ascii: "$"):
            guard let count = Int(rest) else { break }
            guard count >= 0 else { return .null }
            let bytes = try read(count)
            _ = try read(2)
            return String(validating: bytes, as: UTF8.self).map { .text($0) } ?? .bytes(bytes)
        case UInt8(ascii: "*"):
            guard let count = Int(rest) else { break }
            guard count >= 0 else { return .null }
            var replies: [RedisReply] = []
            for _ in 0..<count { replies.append(try receive()) }
            return .array(replies)
        default: break
        }
        throw .unreadable(String(decoding: line, as: UTF8.self))
    }

    /// Without its end.
    private mutating func readLine() throws(RedisProbeError) -> [UInt8] {
        var looked = position
        while true {
            if let end = buffer[looked...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { position = end + 1 }
                return Array(buffer[position..<max(position, end - 1)])
            }
            let length = buffer.count - position
            try fill()
            looked = position + length
        }
    }

    private mutating func read(_ count: Int) throws(RedisProbeError) -> [UInt8] {
        while buffer.count - position < count { try fill() }
        defer { position += count }
        return Array(buffer[position..<position + count])
    }

    /// Blocks until there are more bytes.
    private mutating func fill() throws(RedisProbeError) {
        if position > 0 {
            buffer.removeFirst(position)
            position = 0
        }
        var room = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = room.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 {
                buffer += room[..<count]
                return
            }
            if count == 0 { throw .disconnected("the server closed the connection") }
            if errno != EINTR { throw Self.failure("receive") }
        }
    }

    private static func failure(_ doing: String) -> RedisProbeError {
        errno == EAGAIN || errno == EWOULDBLOCK ? .timedOut : .disconnected(SocketError.now(doing).description)
    }
}
