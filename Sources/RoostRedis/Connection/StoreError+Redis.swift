import RoostCore
import RoostRedisClient

extension StoreError {
    /// Says what an error of the server, or of the way to it, means and what to do about it. The one place where they are told
    /// apart.
    static func from(_ error: RedisError, at name: String) -> StoreError {
        switch error {
        case .server(let code, let message):
            // Some that pass have a meaning of their own.
            server(code, message, at: name)
                ?? StoreError(error.isPassing ? .unavailable : .broken, "\(name): \(message)")
        case .refused(let reason): StoreError(.unavailable, "\(name): \(reason)")
        // It was a Redis server when the store was opened: for a moment something else has its address.
        case .protocolViolation: StoreError(.unavailable, "\(name): \(error)")
        case .closed: StoreError(.closed, "the store was closed")
        case .checkFailed(let cause): cause as? StoreError ?? StoreError(.unavailable, "\(name): \(cause)")
        case .unreachable, .timedOut, .unknownFate, .connectionLost:
            StoreError(.unavailable, "\(name): \(error)")
        }
    }

    private static func server(_ code: String, _ message: String, at name: String) -> StoreError? {
        switch code {
        case "REJECTED": return rejected(message)
        case "OOM":
            return StoreError(
                .full,
                """
                \(name) has used the memory it may use (maxmemory): nothing of the call was stored. Workers go on and make room; \
                else give the server more memory.
                """
            )
        case "MISCONF", "NOREPLICAS":
            return StoreError(.readOnly, "\(name) takes no writes now: \(message)")
        case "LOADING", "BUSY", "TRYAGAIN", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "MOVED", "ASK":
            // It was asked until the time limit was over.
            return StoreError(.unavailable, "\(name) was not ready for the call: \(message)")
        case "NOSCRIPT":
            return StoreError(.unavailable, "\(name) forgets its scripts as fast as they are loaded: who flushes them?")
        case "NOPERM":
            return StoreError(.unavailable, "\(name) does not allow this user what Roost needs: \(message)")
        case "NOWAKE":
            // The script that opens a namespace says it so, since servers have different words for it.
            let missing = message.dropFirst(code.utf8.count + 1)
            return StoreError(.unavailable, "\(name) does not allow this user to wake others, which needs \(missing)")
        case "WRONGTYPE":
            return StoreError(
                .foreign,
                "\(name) has something else than Roost's under a key of this namespace: \(message)"
            )
        default:
            return nil
        }
    }

    /// `REJECTED number what is wrong`
    private static func rejected(_ message: String) -> StoreError {
        let words = message.split(separator: " ", maxSplits: 2)
        let item = words.count > 1 ? Int(words[1]) : nil
        return StoreError(
            .rejected,
            words.count > 2 ? String(words[2]) : message,
            item: item.flatMap { $0 < 0 ? nil : $0 }
        )
    }
}
