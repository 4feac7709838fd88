import Foundation
import ProcessSupport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A postmaster and its children: one for each connection, and some that work in the background. Each is a process group of
/// its own, so that no signal reaches them together.
struct PostgresProcesses {
    let postmaster: ChildProcess
    /// Where all of them work.
    let data: String

    /// Those that live, also where their postmaster does not.
    private var children: [Int32] { ProcessTable.children(of: postmaster.number, workingIn: data) }

    /// Stops all, and returns once they stand still.
    func freeze() {
        freezePostmaster()
        let children = children
        for child in children { kill(child, SIGSTOP) }
        Self.wait { children.allSatisfy { ProcessTable.isFrozenOrOver($0) } }
    }

    /// It has no more children from then on.
    private func freezePostmaster() {
        postmaster.send(SIGSTOP)
        while !postmaster.isOver, postmaster.status != .frozen { if !postmaster.look() { usleep(500) } }
    }

    func thaw() {
        for child in children { kill(child, SIGCONT) }
        postmaster.send(SIGCONT)
    }

    /// Kills all. Returns once they are gone, so that none holds the shared memory that the next start asks for; nor is that
    /// left behind, of which systems have a few dozen pieces.
    func end() {
        freezePostmaster()
        let children = children
        postmaster.end()
        for child in children { kill(child, SIGKILL) }
        Self.wait { children.allSatisfy { ProcessTable.isOver($0) } }
        if let memory { shmctl(memory, IPC_RMID, nil) }
    }

    /// By the seventh line of the file that a server deletes at its end.
    private var memory: Int32? {
        guard let text = try? String(contentsOfFile: "\(data)/postmaster.pid", encoding: .utf8) else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 6, lines[0] == "\(postmaster.number)" else { return nil }
        return lines[6].split(separator: " ").last.flatMap { Int32($0) }
    }

    /// Ends all at once, as the postmaster does it, which gives its shared memory back. What does not end so is killed.
    func quit() {
        if !postmaster.isOver {
            thaw()
            postmaster.send(SIGQUIT)
            Self.wait(.seconds(3)) {
                _ = postmaster.look()
                return postmaster.isOver
            }
        }
        end()
    }

    private static func wait(_ limit: Duration = .seconds(10), until condition: () -> Bool) {
        let start = ContinuousClock.now
        while !condition(), ContinuousClock.now - start < limit { usleep(500) }
    }
}

/// What the system knows of processes that are not this one's children.
private enum ProcessTable {
    #if os(Linux)
    static func children(of parent: Int32, workingIn folder: String) -> [Int32] {
        var wanted = stat()
        guard stat(folder, &wanted) == 0 else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { process in
            var status = stat()
            return process != parent && stat("/proc/\(process)/cwd", &status) == 0
                && status.st_ino == wanted.st_ino && status.st_dev == wanted.st_dev
        }
    }

    private static func state(_ process: Int32) -> Substring? {
        // 24871 (postgres) S 1 …; the name may have any characters.
        guard let line = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = line.lastIndex(of: ")")
        else { return nil }
        return line[end...].split(separator: " ", maxSplits: 2).dropFirst().first
    }

    /// Also one that nobody has asked how it ended.
    static func isOver(_ process: Int32) -> Bool {
        guard let state = state(process) else { return true }
        return state == "Z" || state == "X"
    }

    static func isFrozenOrOver(_ process: Int32) -> Bool {
        state(process) == "T" || isOver(process)
    }
    #else
    static func children(of parent: Int32, workingIn _: String) -> [Int32] {
        said(by: "/usr/bin/pgrep", "-P", "\(parent)").split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
    }

    static func isOver(_ process: Int32) -> Bool {
        kill(process, 0) != 0
    }

    static func isFrozenOrOver(_ process: Int32) -> Bool {
        isOver(process) || said(by: "/bin/ps", "-o", "state=", "-p", "\(process)").hasPrefix("T")
    }

    private static func said(by program: String, _ arguments: String...) -> String {
        guard let folder = try? TemporaryFolder() else { return "" }
        let output = folder.file("output")
        (try? ChildProcess(program, arguments, output: .file(output)))?.wait()
        return (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
    }
    #endif
}
