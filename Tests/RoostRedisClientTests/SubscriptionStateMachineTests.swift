import NIOCore
import Testing

@testable import RoostRedisClient

@Suite struct SubscriptionStateMachineTests {
    private var machine = SubscriptionStateMachine(channels: ["a", "b"], patience: .seconds(5))

    private func push(_ kind: String, _ channel: String, _ last: RedisValue = .integer(1)) -> RedisValue {
        .array([.bytes(Array(kind.utf8)), .bytes(Array(channel.utf8)), last])
    }

    private func text(_ outcome: SubscriptionStateMachine.Outcome) -> String {
        var buffer = ByteBuffer()
        for command in outcome.commands { command.write(to: &buffer) }
        return String(buffer: buffer).split(separator: "\r\n").filter { !"$*".contains($0.prefix(1)) }
            .joined(separator: " ")
    }

    private func describe(_ push: RedisPush?) -> String {
        switch push {
        case nil: ""
        case .subscribed: "subscribed"
        case .message(let channel, let payload): "\(channel) \(String(decoding: payload, as: UTF8.self))"
        case .interrupted: "interrupted"
        }
    }

    private mutating func subscribe(now: NIODeadline = at(0)) {
        _ = machine.wish(now: now)
        _ = machine.connected(now: now)
        _ = machine.received(push("ssubscribe", "a"), now: now)
        _ = machine.received(push("ssubscribe", "b"), now: now)
    }

    @Test("it is subscribed once all channels are confirmed")
    mutating func begins() {
        #expect(machine.wish(now: at(0)).connects)
        #expect(!machine.wish(now: at(0)).connects)
        #expect(text(machine.connected(now: at(0))) == "SSUBSCRIBE a b")
        #expect(describe(machine.received(push("ssubscribe", "a"), now: at(0)).push) == "")
        #expect(describe(machine.received(push("ssubscribe", "b"), now: at(0)).push) == "subscribed")
        let message = machine.received(push("smessage", "a", .bytes([0x78])), now: at(0))
        #expect(describe(message.push) == "a x")
    }

    @Test("a lost connection is made again at once, and said once to be interrupted")
    mutating func loss() {
        subscribe()
        let outcome = machine.failed(.connectionLost(""), now: at(1), chance: 1)
        #expect(outcome.connects)
        #expect(describe(outcome.push) == "interrupted")
        let again = machine.failed(.connectionLost(""), now: at(1), chance: 1)
        #expect(!again.connects)
        #expect(describe(again.push) == "")
        #expect(again.next == after(milliseconds: 1050))
        #expect(machine.look(now: after(milliseconds: 1050)).connects)
        #expect(text(machine.connected(now: at(2))) == "SSUBSCRIBE a b")
    }

    @Test("channels are changed without a new connection")
    mutating func changes() {
        subscribe()
        #expect(text(machine.set(["b", "c"], now: at(1))) == "SSUBSCRIBE c SUNSUBSCRIBE a")
        #expect(describe(machine.received(push("ssubscribe", "c"), now: at(1)).push) == "subscribed")
        #expect(machine.received(push("sunsubscribe", "a"), now: at(1)).loses == nil)
        // It was said before the server heard.
        #expect(describe(machine.received(push("smessage", "a", .bytes([0x78])), now: at(1)).push) == "")
    }

    @Test("nothing to listen to needs no connection")
    mutating func nothing() {
        machine = SubscriptionStateMachine(channels: [], patience: .seconds(5))
        #expect(!machine.wish(now: at(0)).connects)
        #expect(machine.set(["a"], now: at(0)).connects)
    }

    @Test("a channel that goes to another node takes the connection with it")
    mutating func unasked() {
        subscribe()
        #expect(machine.received(push("sunsubscribe", "a"), now: at(1)).loses != nil)
        let moved = machine.received(.error("MOVED 1 127.0.0.1:7001"), now: at(1))
        #expect(moved.moved == "127.0.0.1:7001")
        #expect(moved.loses != nil)
    }

    @Test("silence is broken by a ping, and silence after it ends the connection")
    mutating func silence() {
        subscribe()
        #expect(machine.look(now: at(4)).next == at(5))
        let ping = machine.look(now: at(5))
        #expect(text(ping) == "PING")
        #expect(ping.next == at(10))
        _ = machine.received(push("pong", "", .bytes([])), now: at(6))
        #expect(machine.look(now: at(10)).next == at(11))
        #expect(text(machine.look(now: at(11))) == "PING")
        #expect(machine.look(now: at(15)).loses == nil)
        #expect(machine.look(now: at(16)).loses != nil)
    }

    @Test("an end is an end")
    mutating func closes() {
        subscribe()
        machine.close()
        #expect(!machine.failed(.closed, now: at(1), chance: 0).connects)
        #expect(!machine.set(["x"], now: at(1)).connects)
        #expect(machine.look(now: at(9)).commands.isEmpty)
    }
}
