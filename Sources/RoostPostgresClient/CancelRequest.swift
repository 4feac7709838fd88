internal import CLibPQ
internal import Synchronization

/// Asks the server to give up what a connection does.
final class CancelRequest: Sendable {
    // An address and a key, which nothing changes until it is freed.
    private nonisolated(unsafe) let request: OpaquePointer

    /// A server that says nothing keeps a thread for each.
    private static let underWay = Atomic<Int>(0)
    private static let limit = 8

    /// Takes the request over.
    init(_ request: OpaquePointer) {
        self.request = request
    }

    deinit {
        PQfreeCancel(request)
    }

    /// Returns at once; whether it helped shows the answer of the call.
    func send() {
        guard Self.underWay.wrappingAdd(1, ordering: .relaxed).oldValue < Self.limit,
            BlockingThread.start({ [self] in
                // It connects, and waits until the server has seen it.
                var words = [CChar](repeating: 0, count: 256)
                PQcancel(request, &words, Int32(words.count))
                Self.underWay.wrappingSubtract(1, ordering: .relaxed)
            })
        else {
            Self.underWay.wrappingSubtract(1, ordering: .relaxed)
            return
        }
    }
}
