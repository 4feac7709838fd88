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
