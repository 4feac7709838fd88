#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

package struct SocketError: Error, CustomStringConvertible {
    /// The call that failed.
    package let doing: String
    /// An `errno`.
    package let code: Int32

    package init(doing: String, code: Int32) {
        self.doing = doing
        self.code = code
    }

    package static func now(_ doing: String) -> SocketError { SocketError(doing: doing, code: errno) }

    package var description: String { "\(doing): \(String(cString: strerror(code)))" }
}
