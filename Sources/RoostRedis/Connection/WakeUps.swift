import RoostCore
import RoostRedisClient
import Synchronization

/// The wake-ups of this process: what the scripts publish, on a connection of its own that is made when somebody waits.
final class WakeUps: Sendable {
    private struct State {
        var topics: WakeTopics = []
        var subscription: RedisSubscription?
        var isClosed = false
    }

    private static let names: [(topic: WakeTopics, name: String)] = [
        (.ready, "ready"), (.settled, "settled"), (.cancel, "cancel"),
    ]

    private let hub = ChangeHub()
    private let client: RedisClient
    private let prefix: String
    private let state = Mutex(State())

    init(_ client: RedisClient, prefix: String) {
        self.client = client
        self.prefix = prefix + "wake:"
    }

    func subscribe(to topics: WakeTopics) -> StoreChanges {
        let changes = hub.subscribe(to: topics)
        state.withLock { state in
            guard !state.isClosed, !topics.isSubset(of: state.topics) else { return }
            state.topics.formUnion(topics)
            let channels = Self.names.filter { state.topics.contains($0.topic) }.map { prefix + $0.name }
            if let subscription = state.subscription {
                subscription.set(channels: channels)
            } else {
                state.subscription = client.subscribe(to: channels) { [weak self] in self?.hear($0) }
            }
        }
        return changes
    }

    private func hear(_ push: RedisPush) {
        switch push {
        case .subscribed:
            // What happened before is not told any more: everybody looks for himself.
            hub.publish(.all)
        case .message(let channel, _):
            for (topic, name) in Self.names where channel == prefix + name { hub.publish(topic) }
        case .interrupted:
            // Whoever waits looks from time to time in any case.
            break
        }
    }

    func close() {
        let subscription = state.withLock { state in
            state.isClosed = true
            defer { state.subscription = nil }
            return state.subscription
        }
        subscription?.cancel()
        hub.finish()
    }
}
