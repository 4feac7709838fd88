import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the proxy's thread is asked to do by others. It hears of it by a descriptor that becomes readable.
final class ProxyMailbox: Sendable {
    typealias Command = @Sendable (inout ProxyLoop) -> Void

    /// nil: the thread has ended.
    private let commands = Mutex<[Command]?>([])
    /// Becomes readable when there is a command.
    let bell: Int32
    private let ringer: Int32

    private final class Answer<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
        let isThere = DispatchSemaphore(value: 0)
    }

    init() throws(SocketError) {
        var ends: [Int32] = [-1, -1]
        #if canImport(Darwin)
        let made = socketpair(AF_UNIX, SOCK_DGRAM, 0, &ends)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        #else
        let made = socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
        #endif
        guard made == 0 else { throw .now("socketpair") }
        (bell, ringer) = (ends[0], ends[1])
        Loopback.setNonblocking(bell)
        Loopback.setNonblocking(ringer)
    }

    deinit {
        for end in [bell, ringer] { close(end) }
    }

    /// Has the thread do it, and waits until it is done.
    ///
    /// - Returns: nil where the thread has ended.
    @discardableResult
    func perform<Result: Sendable>(_ body: @escaping @Sendable (inout ProxyLoop) -> Result) -> Result? {
        let answer = Answer<Result>()
        let isOpen = commands.withLock { commands in
            guard commands != nil else { return false }
            commands?.append { loop in
                let value = body(&loop)
                answer.value.withLock { $0 = value }
                answer.isThere.signal()
            }
            return true
        }
        guard isOpen else { return nil }
        // Where the bell's buffer is full it is heard anyway.
        var byte: UInt8 = 1
        send(ringer, &byte, 1, 0)
        answer.isThere.wait()
        return answer.value.withLock { $0 }
    }

    /// What is to be done now.
    func take() -> [Command] {
        var bytes: (UInt64, UInt64) = (0, 0)
        while recv(bell, &bytes, MemoryLayout.size(ofValue: bytes), 0) > 0 {}
        return commands.withLock { commands in
            defer { if commands != nil { commands = [] } }
            return commands ?? []
        }
    }

    /// Takes no more; what came too late is returned.
    func end() -> [Command] {
        commands.withLock { commands in
            defer { commands = nil }
            return commands ?? []
        }
    }
}
