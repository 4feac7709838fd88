#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Which process this is, as stores record it.
struct ProcessIdentity: Sendable, CustomStringConvertible {
    let host: String
    let process: Int32

    static let current = ProcessIdentity(
        host: ProcessInfo.processInfo.hostName,
        process: ProcessInfo.processInfo.processIdentifier
    )

    static let processors = ProcessInfo.processInfo.activeProcessorCount

    /// `web-1:4711`
    var description: String { "\(host):\(process)" }
}
