#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A port that nobody has at this moment.
func freePort() throws -> Int {
    let file = socket(AF_INET, SOCK_STREAM_TYPE, 0)
    guard file >= 0 else { throw Failure("no socket, errno \(errno)") }
    defer { close(file) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
        let pointer = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
        guard bind(file, pointer, length) == 0 else { return -1 }
        return pointer.map { getsockname(file, $0, &length) } ?? -1
    }
    guard status == 0 else { throw Failure("no free port, errno \(errno)") }
    return Int(UInt16(bigEndian: address.sin_port))
}

#if canImport(Glibc)
private let SOCK_STREAM_TYPE = Int32(SOCK_STREAM.rawValue)
#else
private let SOCK_STREAM_TYPE = SOCK_STREAM
#endif
