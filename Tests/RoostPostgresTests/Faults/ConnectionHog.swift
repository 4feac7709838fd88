import Foundation
import TCPProxy

/// Somebody who has connections to a Postgres server and does nothing with them.
struct ConnectionHog {
    private let port: Int
    private let user: String
    private var descriptors: [Int32] = []

    init(port: Int, user: String) {
        self.port = port
        self.user = user
    }

    /// Asks for so many more, and keeps what the server gives.
    mutating func take(_ count: Int) {
        descriptors.removeAll { descriptor in
            let isOver = Self.isOver(descriptor)
            if isOver { close(descriptor) }
            return isOver
        }
        for _ in 0..<count { if let descriptor = open() { descriptors.append(descriptor) } }
    }

    mutating func release() {
        for descriptor in descriptors { close(descriptor) }
        descriptors = []
    }

    /// Asks to be let in by a user whom nobody asks for a password.
    private func open() -> Int32? {
        guard let descriptor = try? Loopback.open() else { return nil }
        var body: [UInt8] = [0, 3, 0, 0]
        for text in ["user", user, "database", "postgres"] { body += Array(text.utf8) + [0] }
        body.append(0)
        let length = UInt32(body.count + 4).bigEndian
        let message = withUnsafeBytes(of: length) { Array($0) } + body
        guard Loopback.join(descriptor, to: port) == 0,
            message.withUnsafeBytes({ Loopback.write($0, to: descriptor) }) == message.count
        else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Whether the server has refused it, or ended it.
    private static func isOver(_ descriptor: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            if count == 0 { return true }
            if count < 0 { return errno != EAGAIN }
        }
    }
}
