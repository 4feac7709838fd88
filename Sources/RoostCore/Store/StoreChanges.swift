import Synchronization

/// What a wake-up is about.
public struct WakeTopics: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Jobs may have become ready, or become due earlier than known.
    public static let ready = WakeTopics(rawValue: 1)
    /// Jobs ended.
    public static let settled = WakeTopics(rawValue: 2)
    /// The cancel of running jobs was asked for.
    public static let cancel = WakeTopics(rawValue: 4)

    /// A worker died: ``JobStore/reclaim()`` finds its jobs.
    public static let death = WakeTopics(rawValue: 8)

    public static let all: WakeTopics = [.ready, .settled, .cancel, .death]
}

/// Wake-ups of a store, each the union of all topics since the one before. Ends when the store is closed.
///
/// For one reader. Dropping it ends the subscription.
public final class StoreChanges: AsyncSequence, Sendable {
    public typealias Element = WakeTopics
    public typealias Failure = Never

    private struct State {
        var pending: WakeTopics = []
        var isFinished = false
        var waiter: CheckedContinuation<WakeTopics?, Never>?
    }

    let topics: WakeTopics
    private let state = Mutex(State())
    private let onArm: @Sendable () -> Void
    private let onEnd: @Sendable (StoreChanges.ID) -> Void
    let id: ID

    /// The number of a subscription within its hub.
    struct ID: Hashable, Comparable, Sendable {
        let number: Int
        static func < (left: ID, right: ID) -> Bool { left.number < right.number }
    }

    init(
        id: ID,
        topics: WakeTopics,
        onArm: @escaping @Sendable () -> Void,
        onEnd: @escaping @Sendable (ID) -> Void
    ) {
        self.id = id
        self.topics = topics
        self.onArm = onArm
        self.onEnd = onEnd
    }

    deinit {
        onEnd(id)
    }

    /// The topics of this subscription that nothing is pending for: what it wishes to be told of.
    var armed: WakeTopics {
        state.withLock { $0.isFinished ? [] : topics.subtracting($0.pending) }
    }

    func publish(_ published: WakeTopics) {
        let wanted = published.intersection(topics)
        guard !wanted.isEmpty else { return }
        let waiter = state.withLock { state -> CheckedContinuation<WakeTopics?, Never>? in
            guard let waiter = state.waiter else {
                state.pending.formUnion(wanted)
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume(returning: wanted)
    }

    func finish() {
        let waiter = state.withLock { state in
            state.isFinished = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

    /// The topics since the last call; waits until there are any. Nil once the store is closed or the task cancelled.
    @concurrent public func next() async -> WakeTopics? {
        let topics = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<WakeTopics?, Never>) in
                let ready = state.withLock { state -> WakeTopics?? in
                    if !state.pending.isEmpty {
                        defer { state.pending = [] }
                        return .some(state.pending)
                    }
                    if state.isFinished || Task.isCancelled { return .some(nil) }
                    state.waiter = continuation
                    return .none
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: nil)
        }
        // What is committed from here on must wake the next call, so other processes are asked for it now.
        onArm()
        return topics
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(changes: self)
    }

    public struct Iterator: AsyncIteratorProtocol {
        let changes: StoreChanges

        public mutating func next() async -> WakeTopics? {
            await changes.next()
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async -> WakeTopics? {
            await changes.next()
        }
    }
}

/// The subscriptions to one store within this process. For those who write a store.
public final class ChangeHub: Sendable {
    private struct State {
        var nextID = 0
        // Weak, since a reader that goes away must not be kept; in order, since a decision must not depend on hashing.
        var subscriptions: [(id: StoreChanges.ID, changes: WeakChanges)] = []
        var isFinished = false
    }

    private struct WeakChanges: Sendable {
        weak let changes: StoreChanges?
    }

    private let state = Mutex(State())
    private let onArm: @Sendable (WakeTopics) -> Void

    /// - Parameter onArm: told what this process wishes to be woken for, whenever that may have grown: a store that
    ///   other processes write to must then hear of it.
    public init(onArm: @escaping @Sendable (_ armed: WakeTopics) -> Void = { _ in }) {
        self.onArm = onArm
    }

    public func subscribe(to topics: WakeTopics) -> StoreChanges {
        let changes = state.withLock { state in
            let id = StoreChanges.ID(number: state.nextID)
            state.nextID += 1
            let changes = StoreChanges(
                id: id,
                topics: topics,
                onArm: { [weak self] in self?.arm() },
                onEnd: { [weak self] id in self?.remove(id) }
            )
            if state.isFinished { changes.finish() }
            state.subscriptions.append((id, WeakChanges(changes: changes)))
            return changes
        }
        arm()
        return changes
    }

    /// Wakes the subscriptions to any of `topics`.
    public func publish(_ topics: WakeTopics) {
        for changes in live { changes.publish(topics) }
    }

    /// What this process wishes to be woken for.
    public var armed: WakeTopics {
        live.reduce(into: []) { $0.formUnion($1.armed) }
    }

    /// Ends all subscriptions.
    public func finish() {
        state.withLock { $0.isFinished = true }
        for changes in live { changes.finish() }
    }

    private var live: [StoreChanges] {
        state.withLock { $0.subscriptions.compactMap(\.changes.changes) }
    }

    private func arm() {
        onArm(armed)
    }

    private func remove(_ id: StoreChanges.ID) {
        state.withLock { $0.subscriptions.removeAll { $0.id == id } }
    }
}
