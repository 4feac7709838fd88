import CDoorbell
import Dispatch
import GRDB
import RoostCore
import Synchronization

/// The thread that hears of what other processes commit, and that a worker died, and tells the subscriptions of this
/// process.
///
/// It sleeps in the kernel. While something in this process wishes to be woken it also looks four times a second, in
/// case a ring was lost or came from another user: `PRAGMA data_version` changes when another connection commits.
final class Watcher: Sendable {
    private struct State {
        var isRunning = false
        var isStopped = false
        /// Whether the thread waits without a limit, so that it must be told when something is armed.
        var isDormant = false
    }

    private static let pollMilliseconds: Int32 = 250

    private let path: String
    private let bell: Doorbell?
    private let locks: LifeLocks?
    private let hub: @Sendable () -> ChangeHub?
    private let state = Mutex(State())
    private let stopped = DispatchSemaphore(value: 0)

    init(path: String, bell: Doorbell?, locks: LifeLocks?, hub: @escaping @Sendable () -> ChangeHub?) {
        self.path = path
        self.bell = bell
        self.locks = locks
        self.hub = hub
    }

    /// What this process wishes to be woken for may have grown.
    func arm(_ topics: WakeTopics) {
        guard !topics.isEmpty else { return }
        bell?.arm(topics)
        let (mustStart, isDormant) = state.withLock { state in
            let mustStart = !state.isRunning && !state.isStopped
            if mustStart { state.isRunning = true }
            return (mustStart, state.isDormant)
        }
        if mustStart { start() } else if isDormant { bell?.interrupt() }
    }

    /// Ends the thread and waits until it has ended.
    func stop() {
        let wasRunning = state.withLock { state in
            state.isStopped = true
            return state.isRunning
        }
        guard wasRunning else { return }
        bell?.interrupt()
        stopped.wait()
        stopped.signal()
    }

    private func start() {
        DispatchQueue(label: "roost.watcher").async {
            self.run()
            self.stopped.signal()
        }
    }

    private func run() {
        var poll = VersionPoll(path: path)
        while true {
            let isArmed = !(hub()?.armed.isEmpty ?? true)
            let isStopped = state.withLock { state in
                state.isDormant = !isArmed && bell != nil
                return state.isStopped
            }
            // Armed in between: whoever armed saw either that the thread was not dormant yet, and it looks again here.
            let isArmedNow = !(hub()?.armed.isEmpty ?? true)
            if isStopped { return }
            let topics = wait(milliseconds: isArmedNow || bell == nil ? Self.pollMilliseconds : -1)
            state.withLock { $0.isDormant = false }
            guard let hub = hub() else { return }
            if !topics.isEmpty {
                hub.publish(topics.intersection(.all))
            } else if isArmedNow {
                let found = poll.look(locks)
                if !found.isEmpty { hub.publish(found) }
            }
        }
    }

    private func wait(milliseconds: Int32) -> WakeTopics {
        if let bell { return bell.wait(milliseconds: milliseconds) }
        roost_pause_microseconds(UInt32(max(milliseconds, 0)) * 1000)
        return []
    }
}

/// Looks for commits of others by a connection of its own, since the version is counted by connection.
private struct VersionPoll {
    let path: String
    var connection: DatabaseQueue?
    var version: Int64?
    /// Whether a dead worker was told of in the look before: once a second is enough from then on.
    var quiet = 0

    init(path: String) {
        self.path = path
    }

    mutating func look(_ locks: LifeLocks?) -> WakeTopics {
        do {
            if connection == nil {
                var configuration = Configuration()
                configuration.readonly = true
                configuration.label = "roost.watcher"
                connection = try DatabaseQueue(path: path, configuration: configuration)
            }
            guard let connection else { return [] }
            let (found, workers) = try connection.unsafeRead { db in
                let version = try Query(db, "PRAGMA data_version").first { $0.int(0) }
                let workers = try Query(db, "SELECT id FROM roost_worker WHERE locked = 1 AND boot = ?").bind(
                    1,
                    Boot.id
                )
                .all { $0.int(0) }
                return (version, workers)
            }
            var topics: WakeTopics = []
            if let version, version != found { topics.formUnion([.ready, .settled, .cancel]) }
            version = found
            quiet -= 1
            if quiet <= 0, let locks, !locks.dead(among: workers).isEmpty {
                topics.insert(.death)
                quiet = 4
            }
            return topics
        } catch {
            // Busy for a moment, or moved away: the calls of the store say so themselves.
            connection = nil
            return []
        }
    }
}
