#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// One process that the driver started, and may kill at any moment.
final class ChildProcess {
    enum Status: Equatable {
        case running, frozen
        case exited(Int32)
        case killed(Int32)
    }

    let name: String
    let process: Int32
    let logPath: String
    private(set) var status = Status.running

    var isOver: Bool {
        switch status {
        case .running, .frozen: false
        case .exited, .killed: true
        }
    }

    /// - Parameter input: what the child reads as its standard input, and which ends with this process.
    init(name: String, arguments: [String], input: Int32, logPath: String) throws {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        #else
        var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_addopen(&actions, 1, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let words = [Self.program] + arguments
        var pointers = words.map { strdup($0) }
        pointers.append(nil)
        // A trap's backtrace takes seconds and tells what is known.
        var environment: [UnsafeMutablePointer<CChar>?] = ["PATH=/usr/bin:/bin", "SWIFT_BACKTRACE=enable=no"].map {
            (text: String) in strdup(text)
        }
        environment.append(nil)
        defer { for pointer in pointers + environment { free(pointer) } }
        var process = pid_t()
        let error = posix_spawn(&process, Self.program, &actions, nil, pointers, environment)
        guard error == 0 else { throw Failure("cannot start \(name): \(String(cString: strerror(error)))") }
        self.name = name
        self.process = process
        self.logPath = logPath
    }

    private static let program: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return CommandLine.arguments[0] }
        return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()

    func send(_ signal: Int32) {
        guard !isOver else { return }
        kill(process, signal)
        if signal == SIGCONT, status == .frozen { status = .running }
    }

    /// Asks the kernel what became of it.
    ///
    /// - Returns: whether that is news.
    func look() -> Bool {
        guard !isOver else { return false }
        var word: Int32 = 0
        guard waitpid(process, &word, WNOHANG | WUNTRACED) == process else { return false }
        if word & 0xFF == 0x7F {
            status = .frozen
        } else if word & 0x7F == 0 {
            status = .exited((word >> 8) & 0xFF)
        } else {
            status = .killed(word & 0x7F)
        }
        return true
    }
}

/// A scenario did not go as it must.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
