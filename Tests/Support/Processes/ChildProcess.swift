#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A process that a test started, and may kill at any moment.
///
/// Started by `posix_spawn` and asked after by `waitpid`. Foundation's `Process` hears of an end by a run loop, which in a
/// process of hundreds of open files missed one, so that the test waited for ever.
package final class ChildProcess {
    package enum Status: Equatable, Sendable {
        case running, frozen
        case exited(Int32)
        case killed(Int32)
    }

    /// Where it reads from or writes to.
    package enum Stream: Sendable {
        case nothing
        /// Written at its end; made where it is not there.
        case file(String)
        case descriptor(Int32)
    }

    /// For messages.
    package let name: String
    package let number: Int32
    package private(set) var status = Status.running

    package var isOver: Bool {
        switch status {
        case .running, .frozen: false
        case .exited, .killed: true
        }
    }

    /// - Parameters:
    ///   - program: its path.
    ///   - name: nil: as the program.
    ///   - environment: nil: that of this process.
    ///   - folder: where it works; nil: where this process does.
    /// - Throws: ``ProgramNotStarted``.
    package init(
        _ program: String,
        _ arguments: [String],
        name: String? = nil,
        environment: [String: String]? = nil,
        folder: String? = nil,
        input: Stream = .nothing,
        output: Stream = .nothing,
        errors: Stream = .nothing
    ) throws {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads of Dispatch block most signals, and a child would inherit that.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        for (number, stream) in [input, output, errors].enumerated() {
            let number = Int32(number)
            switch stream {
            case .nothing: posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
            case .file(let path):
                let flags = number == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_APPEND
                posix_spawn_file_actions_addopen(&actions, number, path, flags, 0o644)
            case .descriptor(let descriptor): posix_spawn_file_actions_adddup2(&actions, descriptor, number)
            }
        }
        // Glibc hides the action that changes the folder.
        let command = folder.map { ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", $0, program] } ?? [program]
        let words = (command + arguments).map { strdup($0) } + [nil]
        let settings = (environment ?? [:]).map { strdup("\($0)=\($1)") } + [nil]
        defer { for pointer in words + settings { free(pointer) } }
        var process = pid_t()
        let error =
            environment == nil
            ? posix_spawn(&process, command[0], &actions, &attributes, words, environ)
            : posix_spawn(&process, command[0], &actions, &attributes, words, settings)
        guard error == 0 else { throw ProgramNotStarted(path: program, reason: String(cString: strerror(error))) }
        self.name = name ?? program
        self.number = process
    }

    package func send(_ signal: Int32) {
        guard !isOver else { return }
        kill(number, signal)
        if signal == SIGCONT, status == .frozen { status = .running }
    }

    /// As the kernel does it when memory runs out. Returns once it is gone.
    package func end() {
        send(SIGKILL)
        wait()
    }

    /// Blocks until it is over. The kernel tells nobody of it who has not asked, hence the looks.
    package func wait() {
        while !isOver { if !look() { usleep(1000) } }
    }

    /// Asks the kernel what became of it.
    ///
    /// - Returns: whether that is news.
    package func look() -> Bool {
        guard !isOver else { return false }
        var word: Int32 = 0
        let answer = waitpid(number, &word, WNOHANG | WUNTRACED)
        // Somebody else has asked before: it is gone, and nobody will hear how.
        if answer == -1, errno == ECHILD {
            status = .exited(-1)
            return true
        }
        guard answer == number else { return false }
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

package struct ProgramNotStarted: Error, CustomStringConvertible {
    package let path: String
    package let reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { "cannot start \(path): \(reason)" }
}
