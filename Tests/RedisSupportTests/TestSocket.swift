import Foundation
import Synchronization
import TCPProxy

/// A blocking connection, as a client that knows nothing of the proxy has it.
final class TestSocket: Sendable {
    enum Reading: Equatable {
        case bytes([UInt8])
        case end
        case reset
        /// Nothing came in time.
        case silence
    }

    private let descriptor: Int32

    /// - Throws: ``SocketError``: `ECONNREFUSED` where nobody listens.
    init(to port: Int) throws(SocketError) {
        descriptor = try Loopback.open()
        guard Loopback.join(descriptor, to: port) == 0 else {
            let error = SocketError.now("connect")
            close(descriptor)
            throw error
        }
    }

    fileprivate init(accepted: Int32) {
        descriptor = accepted
        Loopback.prepare(accepted)
    }

    deinit { close(descriptor) }

    /// - Returns: how many were taken; fewer where the connection is gone.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Loopback.write($0, to: descriptor) }
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// What comes next, of at most so many bytes.
    func receive(_ most: Int = 65_536, within limit: Duration = .seconds(10)) -> Reading {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, Int32(limit / .milliseconds(1))) > 0 else { return .silence }
        var room = [UInt8](repeating: 0, count: most)
        let count = recv(descriptor, &room, most, 0)
        if count == 0 { return .end }
        return count > 0 ? .bytes(Array(room[..<count])) : .reset
    }

    /// Exactly so many bytes, or fewer where no more come.
    func receive(all count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count, case .bytes(let next) = receive(count - bytes.count) { bytes += next }
        return bytes
    }
}

/// Sends back what it is sent, and keeps count of it.
final class EchoServer: Sendable {
    let port: Int
    private let listener: Int32
    private let taken = Mutex(0)

    init() throws(SocketError) {
        port = try Loopback.freePort()
        listener = try Loopback.listener(on: port)
        let descriptor = listener
        Thread.detachNewThread { [weak self] in
            while true {
                let accepted = accept(descriptor, nil, nil)
                guard accepted >= 0, let self else { return }
                serve(TestSocket(accepted: accepted))
            }
        }
    }

    /// Ends the thread's wait as well.
    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    var received: Int { taken.withLock { $0 } }

    private func serve(_ socket: TestSocket) {
        Thread.detachNewThread { [weak self] in
            while case .bytes(let bytes) = socket.receive(within: .seconds(60)) {
                self?.taken.withLock { $0 += bytes.count }
                socket.send(bytes)
            }
            socket.finish()
        }
    }
}
