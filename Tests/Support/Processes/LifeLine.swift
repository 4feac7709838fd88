import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Ends a process, and takes its folder away, once this process is gone, however it went: a `kill -9` leaves nobody here to
/// do it. A shell waits on a connection that closes with this process.
///
/// The kernel's own means, PR_SET_PDEATHSIG, goes by the thread that started the child, and threads of a pool come and go.
package final class LifeLine: Sendable {
    private let ourEnd: Int32
    private let keeper: Mutex<ChildProcess>

    /// - Parameters:
    ///   - process: its number; a child of this process that nobody has waited for yet.
    ///   - folder: deleted with it; nil: nothing is.
    ///   - signal: by which the process ends itself and its children; it is killed, and they are, where that takes more than
    ///     two seconds. nil: it is killed, and it alone.
    /// - Throws: ``ProgramNotStarted``.
    package init(of process: Int32, folder: String? = nil, endedBy signal: Int32? = nil) throws {
        var ends: [Int32] = [-1, -1]
        #if canImport(Darwin)
        let made = socketpair(AF_UNIX, SOCK_STREAM, 0, &ends)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        #else
        // Closed in children from the first moment: one that held our end would outlive us, and nobody would hear.
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let made = socketpair(AF_UNIX, kind, 0, &ends)
        #endif
        guard made == 0 else {
            throw ProgramNotStarted(path: "a pair of sockets", reason: String(cString: strerror(errno)))
        }
        defer { close(ends[1]) }
        let script = """
            trap '' INT TERM HUP
            read -r _
            children=
            if [ -n "$2" ]; then
                children=$(cat "/proc/$0/task/$0/children" || pgrep -P "$0")
                # Those that stand still hear nothing else.
                kill -CONT "$0" $children
                kill "-$2" "$0"
                tries=0
                while kill -0 "$0" && [ $tries -lt 200 ]; do
                    sleep 0.01
                    tries=$((tries + 1))
                done
                kill -0 "$0" || children=
            fi
            kill -9 "$0" $children
            [ -z "$1" ] || rm -rf "$1" || { sleep 1 && rm -rf "$1"; }
            """
        let words = ["-c", script, "\(process)", folder ?? "", signal.map { "\($0)" } ?? ""]
        do {
            keeper = Mutex(try ChildProcess("/bin/sh", words, input: .descriptor(ends[1])))
        } catch {
            close(ends[0])
            throw error
        }
        ourEnd = ends[0]
    }

    /// Lets go: the process is spared.
    deinit {
        keeper.withLock { $0.end() }
        close(ourEnd)
    }
}
