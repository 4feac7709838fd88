#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Threads for what blocks.
enum BlockingThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// - Returns: false where the system has no more threads; the body is not run then.
    static func start(_ run: @escaping @Sendable () -> Void) -> Bool {
        let body = Unmanaged.passRetained(Body(run))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        #if canImport(Darwin)
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED)
        var thread: pthread_t?
        let code = pthread_create(&thread, &attributes, { BlockingThread.main($0) }, body.toOpaque())
        #else
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let code = pthread_create(&thread, &attributes, { BlockingThread.main($0) }, body.toOpaque())
        #endif
        if code != 0 { body.release() }
        return code == 0
    }

    private static func main(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let pointer else { return nil }
        Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run()
        return nil
    }

    /// Waits until a descriptor is ready.
    ///
    /// - Parameter limit: nil: for ever.
    /// - Returns: whether one is.
    static func poll(_ descriptors: inout [pollfd], limit: Duration?) -> Bool {
        var milliseconds: Int32 = -1
        if let limit, limit <= .zero {
            milliseconds = 0
        } else if let limit {
            let (seconds, attoseconds) = limit.components
            // Rounded up: it would look too early, and again.
            milliseconds = Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
        }
        let count = nfds_t(descriptors.count)
        #if canImport(Darwin)
        return Darwin.poll(&descriptors, count, milliseconds) > 0
        #elseif canImport(Musl)
        return Musl.poll(&descriptors, count, milliseconds) > 0
        #else
        return Glibc.poll(&descriptors, count, milliseconds) > 0
        #endif
    }
}
