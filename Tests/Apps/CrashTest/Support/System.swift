import Foundation
import RoostCore

/// What the tests ask of the kernel.
enum System {
    static var process: Int32 { getpid() }
    static var pageSize: Int { Int(getpagesize()) }

    /// The path of the program that runs.
    static let program: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return CommandLine.arguments[0] }
        return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()

    /// The time by which histories are kept: microseconds of the machine's uptime.
    static var uptime: Int64 {
        let time = SystemTimeSource().uptime.components
        return time.seconds * 1_000_000 + time.attoseconds / 1_000_000_000_000
    }

    /// Says it on the standard error.
    static func complain(_ text: String) {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }

    /// Prints a line at once: a process that is killed flushes nothing.
    static func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    /// Dies as `kill -9` would have it: nothing is flushed, closed or told.
    static func die() -> Never {
        kill(getpid(), SIGKILL)
        while true { pause() }
    }

    /// Freezes as SIGSTOP from outside would have it; returns when woken.
    static func freeze() {
        kill(getpid(), SIGSTOP)
        // The other threads stop first; this one must not get further than here before it does.
        usleep(20_000)
    }

    /// Ends this process when the one that started it ends: that one holds the other end of the standard input.
    static func endWithParent() {
        var thread = pthread_t(bitPattern: 0)
        _ = pthread_create(
            &thread,
            nil,
            { _ in
                var byte: UInt8 = 0
                while read(0, &byte, 1) > 0 {}
                System.die()
            },
            nil
        )
    }
}

extension System {
    /// Lets this process have so much more memory than it has now, and no more.
    static func limitMemory(megabytes: Int) {
        #if os(Linux)
        guard let file = fopen("/proc/self/statm", "r") else { return }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, 256, file) != nil else { return }
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard let pages = text.split(separator: " ").first.flatMap({ Int($0) }) else { return }
        let bytes = rlim_t(pages * Int(getpagesize()) + megabytes << 20)
        var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        #endif
    }
}
