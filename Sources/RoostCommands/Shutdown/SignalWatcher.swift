import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Hears the signals of the process, on a thread of its own.
///
/// A signal source of Dispatch, and any task, would share threads with jobs, and jobs that block all of those would
/// make the process deaf. Here the signal's handler only writes the number into a pipe, and a thread reads it.
final class SignalWatcher: Sendable {
    /// What the watcher is told, on its thread.
    struct Handler: Sendable {
        var signalled: @Sendable (Int32) -> Void
        /// The time until which to wait for a signal, from now; nil: without end.
        var nextWait: @Sendable () -> Duration?
        /// The wait is over, or a signal came.
        var passed: @Sendable () -> Void
    }

    private let pipe: (read: Int32, write: Int32)

    /// - Throws: where the process may open no more files.
    init(_ signals: [Int32], handler: Handler) throws(CommandError) {
        var descriptors: [Int32] = [-1, -1]
        guard Self.makePipe(&descriptors) else {
            throw CommandError("the process cannot open a pipe: \(String(cString: strerror(errno)))")
        }
        self.pipe = (descriptors[0], descriptors[1])
        signalPipe.store(descriptors[1], ordering: .sequentiallyConsistent)
        for number in signals { Self.install(number) }
        let input = descriptors[0]
        Self.startThread { Self.watch(input, handler) }
    }

    /// Gives a signal back its default effect: the next one ends the process whatever else goes on.
    static func reset(_ signals: [Int32]) {
        for number in signals { signal(number, SIG_DFL) }
    }

    /// Makes a signal do nothing.
    static func ignore(_ number: Int32) {
        signal(number, SIG_IGN)
    }

    private static func makePipe(_ descriptors: inout [Int32]) -> Bool {
        guard systemPipe(&descriptors) == 0 else { return false }
        for descriptor in descriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        // A handler must not block, however many signals come.
        _ = fcntl(descriptors[1], F_SETFL, O_NONBLOCK)
        return true
    }

    private static func install(_ number: Int32) {
        var action = sigaction()
        sigfillset(&action.sa_mask)
        action.sa_flags = SA_RESTART
        #if canImport(Darwin)
        action.__sigaction_u.__sa_handler = writeSignal
        #else
        action.__sigaction_handler.sa_handler = writeSignal
        #endif
        sigaction(number, &action, nil)
    }

    private static func watch(_ input: Int32, _ handler: Handler) {
        while true {
            var entry = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
            let milliseconds = handler.nextWait().map { wait -> Int32 in
                let whole = wait.components.seconds * 1000 + wait.components.attoseconds / 1_000_000_000_000_000
                return Int32(clamping: max(whole, 0) + 1)
            }
            if poll(&entry, 1, milliseconds ?? -1) > 0 {
                var number: UInt8 = 0
                if read(input, &number, 1) == 1 { handler.signalled(Int32(number)) }
            }
            handler.passed()
        }
    }

    private static func startThread(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(ThreadBody(body))
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let failed = pthread_create(
            &thread,
            nil,
            { argument in
                #if canImport(Darwin)
                Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
                #else
                if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
                #endif
                return nil
            },
            box.toOpaque()
        )
        if failed != 0 { box.release() }
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}

/// The end of the pipe that the signal handler writes to.
private let signalPipe = Atomic<Int32>(-1)

/// Runs in the middle of anything: it may only do what POSIX calls async-signal-safe.
private let writeSignal: @convention(c) (Int32) -> Void = { number in
    let saved = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = write(signalPipe.load(ordering: .sequentiallyConsistent), &byte, 1)
    errno = saved
}

private func systemPipe(_ descriptors: inout [Int32]) -> Int32 {
    pipe(&descriptors)
}
