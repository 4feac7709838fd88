internal import NIOCore

/// Which channels are subscribed to, on which connection, and whether it still lives.
struct SubscriptionStateMachine {
    enum Link: Equatable {
        case none
        case connecting
        case resting(until: NIODeadline)
        case open
        case closed
    }

    /// What is to be done, in this order.
    struct Outcome {
        var connects = false
        var commands: [RedisCommand] = []
        /// The connection is to be given up.
        var loses: RedisError?
        /// A node said where the channels are.
        var moved: String?
        var push: RedisPush?
        var next: NIODeadline?
    }

    private(set) var link = Link.none
    private var wanted: [String]
    /// Those of the present connection.
    private var asked: Set<String> = []
    private var unconfirmed: Set<String> = []
    private var failures = 0
    private var isInterrupted = false
    /// Whether the present connection was of use.
    private var wasSubscribed = false
    private var heard = NIODeadline.uptimeNanoseconds(0)
    private var isPinged = false
    /// How long nothing may be heard; a connection that was cut on the way says nothing of it.
    private let patience: Duration

    init(channels: [String], patience: Duration) {
        wanted = channels
        self.patience = patience
    }

    mutating func set(_ channels: [String], now: NIODeadline) -> Outcome {
        wanted = channels
        return wish(now: now)
    }

    /// Connects, or asks for what is wanted and not asked for.
    mutating func wish(now: NIODeadline) -> Outcome {
        var outcome = Outcome()
        switch link {
        case .none where !wanted.isEmpty:
            link = .connecting
            outcome.connects = true
        case .open:
            var subscribe = RedisCommand("SSUBSCRIBE")
            for channel in wanted where asked.insert(channel).inserted {
                subscribe.append(channel)
                unconfirmed.insert(channel)
            }
            if subscribe.count > 1 { outcome.commands.append(subscribe) }
            var unsubscribe = RedisCommand("SUNSUBSCRIBE")
            for channel in asked.subtracting(wanted).sorted() {
                asked.remove(channel)
                unconfirmed.remove(channel)
                unsubscribe.append(channel)
            }
            if unsubscribe.count > 1 { outcome.commands.append(unsubscribe) }
            outcome.next = now + patience.asTimeAmount
        case .none, .connecting, .resting, .closed: break
        }
        return outcome
    }

    // MARK: The connection

    mutating func connected(now: NIODeadline) -> Outcome {
        guard link == .connecting else { return Outcome() }
        link = .open
        asked = []
        unconfirmed = []
        wasSubscribed = false
        heard = now
        isPinged = false
        return wish(now: now)
    }

    /// It could not be made, or is gone.
    mutating func failed(_ error: RedisError, now: NIODeadline, chance: Double) -> Outcome {
        guard link == .connecting || link == .open else { return Outcome() }
        var outcome = Outcome()
        if link == .open, wasSubscribed {
            link = .none
            outcome = wish(now: now)
        } else {
            failures += 1
            let until = now + ReconnectBackoff.connection.delay(afterFailure: failures, chance: chance).asTimeAmount
            link = .resting(until: until)
            outcome.next = until
        }
        if !isInterrupted {
            isInterrupted = true
            outcome.push = .interrupted(error)
        }
        return outcome
    }

    mutating func close() {
        link = .closed
    }

    // MARK: Messages

    mutating func received(_ value: RedisValue, now: NIODeadline) -> Outcome {
        heard = now
        isPinged = false
        var outcome = Outcome()
        switch value {
        case .error(let text):
            let error = ServerError(text)
            outcome.loses = error.error
            if case .moved(let place) = error.reaction { outcome.moved = place }
        case .array(let parts):
            guard parts.count == 3, let channel = parts[1].text else { break }
            switch parts[0].text {
            case "smessage":
                // One that was let go may have a message under way.
                guard asked.contains(channel), let payload = parts[2].bytes else { break }
                outcome.push = .message(channel: channel, payload: payload)
            case "ssubscribe":
                guard unconfirmed.remove(channel) != nil, unconfirmed.isEmpty else { break }
                failures = 0
                isInterrupted = false
                wasSubscribed = true
                outcome.push = .subscribed
            case "sunsubscribe":
                // Unasked: the slot of the channel went to another node.
                if asked.contains(channel) { outcome.loses = .connectionLost("the channel went to another node") }
            default: break
            }
        case .null, .integer, .bytes, .status: break
        }
        return outcome
    }

    // MARK: Time

    mutating func look(now: NIODeadline) -> Outcome {
        switch link {
        case .resting(let until):
            guard until <= now else { return Outcome(next: until) }
            link = .none
            return wish(now: now)
        case .open:
            let limit = heard + patience.asTimeAmount * (isPinged ? 2 : 1)
            guard limit <= now else { return Outcome(next: limit) }
            guard !isPinged else { return Outcome(loses: .timedOut(patience)) }
            isPinged = true
            return Outcome(commands: [RedisCommand("PING")], next: now + patience.asTimeAmount)
        case .none, .connecting, .closed: return Outcome()
        }
    }
}
