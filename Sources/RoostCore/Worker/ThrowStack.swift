import CRuntimeHooks
import Synchronization

#if canImport(Runtime) && os(Linux)
import Runtime
#endif

/// The stack of the last throw in one attempt of a job.
///
/// Swift's errors carry no stack. The runtime calls a hook before each throw, in the throwing thread; it notes the
/// stack in the attempt that the thread works for, if that wants it. The last throw before an error comes out
/// unhandled is the one that threw it, as a rule: rethrowing calls no hook.
final class ThrowStack: Sendable {
    /// The attempt that this task makes, if its stacks are to be taken.
    @TaskLocal static var current: ThrowStack?

    /// The most frames that are kept.
    private static let mostFrames = 64

    #if canImport(Runtime) && os(Linux)
    private let stack = Mutex<Backtrace?>(nil)

    /// Where the program's code lies, noted once: taking a stack without it would look through all that the process has
    /// mapped, each time, and touch a file that another thread unmaps meanwhile (SIGSEGV in 6.3.1, seen in the tests).
    private static let images = ImageMap.capture()

    /// Has stacks be taken from now on, in attempts that want them.
    static func install() {
        // Before the first throw, and before there is much to look through.
        _ = images
        roost_set_will_throw_handler {
            guard let attempt = ThrowStack.current,
                let stack = try? Backtrace.capture(limit: ThrowStack.mostFrames, images: ThrowStack.images)
            else { return }
            attempt.stack.withLock { $0 = stack }
        }
    }

    /// The stack, a line a frame, with the names of its functions; nil where nothing was thrown.
    ///
    /// Finding the names costs milliseconds, so it is done only for an error that came out.
    var text: String? {
        guard let stack = stack.withLock({ $0 }), let symbolicated = stack.symbolicated() else { return nil }
        let frames = symbolicated.frames.compactMap { frame -> String? in
            guard let symbol = frame.symbol else { return nil }
            let place = symbol.sourceLocation.map { " at \($0)" } ?? ""
            return "\(symbol.name)\(place)"
        }
        // The hook's own frames, and the slot's below the job's, tell nothing.
        let start = frames.prefix(8).lastIndex { $0.contains("swift_willThrow") }.map { $0 + 1 } ?? 0
        let end = frames.firstIndex { $0.contains("JobRegistry.entry") } ?? frames.count
        let thrown = start < end ? frames[start..<end] : frames[start...]
        return thrown.isEmpty ? nil : thrown.joined(separator: "\n")
    }
    #else
    static func install() {}
    var text: String? { nil }
    #endif
}
