#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

enum ProxyThread {
    /// Carries a closure through the one pointer that `pthread_create` takes.
    private final class Start {
        let body: () -> Void

        init(body: @escaping () -> Void) {
            self.body = body
        }
    }

    /// Has the system wake this thread when it asked to be, not up to 50 µs later together with others, as Linux does to save
    /// power. Where that cannot be had, delays are longer by as much.
    static func sleepExactly() {
        #if os(Linux)
        // The call for it takes any number of arguments, which Swift does not import. This is "process/task/thread".
        var name = [CChar](repeating: 0, count: 64)
        guard readlink("/proc/thread-self", &name, name.count - 1) > 0 else { return }
        let link = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard let thread = link.split(separator: "/").last else { return }
        guard let file = fopen("/proc/\(thread)/timerslack_ns", "w") else { return }
        fputs("1", file)
        fclose(file)
        #endif
    }

    /// - Throws: ``SocketError`` where the machine is out of threads.
    static func start(_ body: @escaping @Sendable () -> Void) throws(SocketError) {
        let start = Unmanaged.passRetained(Start(body: body))
        #if canImport(Darwin)
        var thread: pthread_t?
        let result = pthread_create(
            &thread,
            nil,
            { pointer in
                Unmanaged<Start>.fromOpaque(pointer).takeRetainedValue().body()
                return nil
            },
            start.toOpaque()
        )
        if result == 0, let thread { pthread_detach(thread) }
        #else
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            nil,
            { pointer in
                guard let pointer else { return nil }
                Unmanaged<Start>.fromOpaque(pointer).takeRetainedValue().body()
                return nil
            },
            start.toOpaque()
        )
        if result == 0 { pthread_detach(thread) }
        #endif
        if result != 0 {
            start.release()
            throw SocketError(doing: "a thread", code: result)
        }
    }
}
