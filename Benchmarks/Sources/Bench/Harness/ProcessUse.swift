import Foundation

/// What Linux tells of this process. nil where the system has no such files.
enum ProcessUse {
    /// Bytes of memory that it holds now.
    static var memory: Double? { status("VmRSS:") }

    /// The most that it ever held.
    static var peakMemory: Double? { status("VmHWM:") }

    /// Bytes it handed to the system to be written: the WAL's and what checkpoints copy.
    static var written: Double? {
        field("wchar:", of: "/proc/self/io")
    }

    private static func status(_ name: String) -> Double? {
        field(name, of: "/proc/self/status").map { $0 * 1024 }
    }

    private static func field(_ name: String, of path: String) -> Double? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return line.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first.flatMap { Double($0) }
        }
        return nil
    }
}
