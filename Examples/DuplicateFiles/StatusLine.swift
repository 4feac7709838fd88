import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What is told while the program works. It goes to the standard error, so that the standard output has the answer alone.
///
/// In a terminal the last line is drawn over and over; elsewhere there are plain lines, and few of them.
final class StatusLine: Sendable {
    let isTerminal = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
    /// Whether the line that changes is on the screen.
    private let isDrawn = Mutex(false)

    private static let erase = "\r\u{1B}[K"

    /// Writes a line that stays.
    func write(_ line: String) {
        put(line + "\n", stays: true)
    }

    /// Draws the line that changes. Only in a terminal.
    func draw(_ line: String) {
        if isTerminal { put(Self.erase + line.prefix(columns - 1), stays: false) }
    }

    /// Takes the line that changes away.
    func clear() {
        put("", stays: true)
    }

    /// The width of the terminal.
    var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private func put(_ text: String, stays: Bool) {
        isDrawn.withLock { isDrawn in
            let text = stays && isDrawn ? Self.erase + text : text
            isDrawn = !stays
            FileHandle.standardError.write(Data(text.utf8))
        }
    }
}
