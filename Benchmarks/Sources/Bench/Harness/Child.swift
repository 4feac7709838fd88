import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A process that measures, and tells what it found in a line `result {json}`.
///
/// Each measurement has a process of its own, so that none inherits another's heap, threads or caches.
final class Child {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let title: String
    private var rest: [UInt8] = []
    /// Whether its output is at its end.
    private(set) var hasEnded = false

    /// How long a child may be silent.
    static let patience = 180.0

    init(_ executable: String, _ arguments: [String]) throws {
        title = arguments.prefix(3).joined(separator: " ")
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    /// One of our own kind.
    convenience init(_ arguments: String...) throws {
        try self.init(arguments)
    }

    convenience init(_ arguments: [String]) throws {
        try self.init(CommandLine.arguments[0], ["child"] + arguments)
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// Runs one to its end.
    static func run(_ arguments: [String]) throws -> Figures {
        try Child(arguments).result()
    }

    func send(_ line: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    }

    /// Tells it that nothing more will come.
    func closeInput() throws {
        try input.fileHandleForWriting.close()
    }

    /// The next line; nil at the end of its output.
    func line(within seconds: Double = patience) throws -> String? {
        let deadline = Clock.now + seconds
        while true {
            if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                defer { rest.removeSubrange(...end) }
                return String(decoding: rest[..<end], as: UTF8.self)
            }
            guard try poll(until: deadline) else { return nil }
        }
    }

    /// The next line; nil where none came in time, or at the end.
    func line(ifWithin seconds: Double) throws -> String? {
        do {
            return try line(within: seconds)
        } catch is Silence {
            return nil
        }
    }

    /// Nothing came in time.
    private struct Silence: Error, CustomStringConvertible {
        var description: String
    }

    /// Reads what there is; false at the end.
    private func poll(until deadline: Double) throws -> Bool {
        let file = output.fileHandleForReading.fileDescriptor
        while true {
            let left = deadline - Clock.now
            guard left > 0 else { throw Silence(description: "\(title): no answer in time") }
            var waiting = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
            let ready = Self.poll(&waiting, Int32(left * 1000) + 1)
            if ready < 0, errno != EINTR { throw Failure("\(title): poll failed, errno \(errno)") }
            guard ready > 0 else { continue }
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else {
                hasEnded = true
                return false
            }
            rest += buffer[..<count]
            return true
        }
    }

    /// C's, under a name that the method above does not hide.
    private static func poll(_ waiting: inout pollfd, _ milliseconds: Int32) -> Int32 {
        #if canImport(Glibc)
        Glibc.poll(&waiting, 1, milliseconds)
        #elseif canImport(Musl)
        Musl.poll(&waiting, 1, milliseconds)
        #else
        Darwin.poll(&waiting, 1, milliseconds)
        #endif
    }

    func expect(_ expected: String) throws {
        guard let found = try line() else { throw Failure("\(title): ended before '\(expected)'") }
        guard found == expected else { throw Failure("\(title): said '\(found)' where '\(expected)' was expected") }
    }

    /// Reads on to the result, and waits for the end of the process.
    func result() throws -> Figures {
        let figures = try nextResult()
        process.waitUntilExit()
        return figures
    }

    /// Reads on to the next result, of a child that gives several.
    func nextResult() throws -> Figures {
        while let line = try line() {
            if line.hasPrefix("error ") { throw Failure("\(title): \(line.dropFirst(6))") }
            guard line.hasPrefix("result ") else { continue }
            return try JSONDecoder().decode(Figures.self, from: Data(line.dropFirst(7).utf8))
        }
        process.waitUntilExit()
        throw Failure("\(title): ended with status \(process.terminationStatus) and no result")
    }

    /// Waits for its end.
    func status() throws -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    func end() throws {
        try closeInput()
        process.waitUntilExit()
    }
}

/// Why something could not be measured.
struct Failure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}
