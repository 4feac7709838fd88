import CDoorbell
import RoostCore
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Tells at once that a worker died: each worker locks the byte of its number in one file for its life, and the kernel
/// frees the byte with the process, also on kill -9.
final class LifeLocks: Sendable {
    private let file: Int32
    /// The workers of this very store: the kernel answers for the locks of others only.
    private let own = Mutex<Set<Int64>>([])

    init(path: String) throws(StoreError) {
        self.file = try Turnstile.open(path + "-roost-live")
    }

    deinit {
        close(file)
    }

    /// Whether the worker has its lock now. It has to have it before its row is committed.
    func hold(_ worker: Int64) -> Bool {
        guard roost_lock_byte(file, worker) else { return false }
        own.withLock { _ = $0.insert(worker) }
        return true
    }

    func release(_ worker: Int64) {
        own.withLock { _ = $0.remove(worker) }
        roost_unlock_byte(file, worker)
    }

    /// Those of `workers`, all of which had a lock, that have none any more.
    func dead(among workers: [Int64]) -> Set<Int64> {
        let own = own.withLock { $0 }
        return Set(workers.filter { !own.contains($0) && roost_byte_is_locked(file, $0) == 0 })
    }
}

/// What tells this boot of the machine from others. A lease of another boot has ended: the uptime began anew.
enum Boot {
    static let id: String = {
        var bytes = [CChar](repeating: 0, count: 64)
        guard roost_boot_id(&bytes, bytes.count) else { return "unknown" }
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            .filter { $0.isLetter || $0.isNumber || $0 == "-" }
    }()
}
