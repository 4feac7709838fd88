import ProcessSupport
import RedisSupport
import Synchronization
import Testing

@testable import RoostRedisClient

@Suite struct SubscriptionTests {
    /// What a subscription heard.
    private final class Ear: Sendable {
        private let words = Mutex<[String]>([])

        func hear(_ push: RedisPush) {
            let word =
                switch push {
                case .subscribed: "subscribed"
                case .message(let channel, let payload): "\(channel)=\(String(decoding: payload, as: UTF8.self))"
                case .interrupted: "interrupted"
                }
            words.withLock { $0.append(word) }
        }

        var all: [String] { words.withLock { $0 } }

        func wait(for expected: [String]) async throws {
            try await waitUntil("\(expected), but \(all)") { self.all.count >= expected.count }
            #expect(all == expected)
        }
    }

    @Test("messages come, and come again after the connection was killed and the server began anew")
    func survives() async throws {
        let server = try await RedisServer.bare()
        let client = RedisClient(server)
        let ear = Ear()
        let subscription = client.subscribe(to: ["a"]) { ear.hear($0) }
        try await ear.wait(for: ["subscribed"])
        _ = try await client.get("SPUBLISH", "a", "1")
        try await ear.wait(for: ["subscribed", "a=1"])
        _ = try await client.get("CLIENT", "KILL", "TYPE", "pubsub")
        try await ear.wait(for: ["subscribed", "a=1", "interrupted", "subscribed"])
        _ = try await client.get("SPUBLISH", "a", "2")
        server.kill()
        try await waitUntil("it is interrupted") { ear.all.last == "interrupted" }
        try await server.restart()
        try await waitUntil("it is subscribed") { ear.all.last == "subscribed" }
        subscription.set(channels: ["a", "b"])
        let all = ["subscribed", "a=1", "interrupted", "subscribed", "a=2", "interrupted", "subscribed", "subscribed"]
        try await ear.wait(for: all)
        _ = try await client.get("SPUBLISH", "b", "3")
        try await ear.wait(for: all + ["b=3"])
        subscription.cancel()
        try await waitUntil("nobody listens") { try await client.get("SPUBLISH", "b", "4") == .integer(0) }
    }

    @Test("one that nobody holds, or whose client is closed, listens no more")
    func ends() async throws {
        let server = try await RedisServer.bare()
        let client = RedisClient(server)
        let other = RedisClient(server)
        let ear = Ear()
        var subscription: RedisSubscription? = other.subscribe(to: ["a"]) { ear.hear($0) }
        try await ear.wait(for: ["subscribed"])
        let listeners = try await client.get("SPUBLISH", "a", "1")
        #expect(listeners == .integer(1))
        _ = subscription
        subscription = nil
        try await waitUntil("nobody listens") { try await client.get("SPUBLISH", "a", "2") == .integer(0) }
        let last = other.subscribe(to: ["a"]) { ear.hear($0) }
        try await waitUntil("it listens") { try await client.get("SPUBLISH", "a", "3") == .integer(1) }
        await other.close()
        try await waitUntil("nobody listens") { try await client.get("SPUBLISH", "a", "4") == .integer(0) }
        last.cancel()
    }

    @Test("a server that stands still is noticed")
    func frozen() async throws {
        let server = try await RedisServer.bare()
        let client = RedisClient(server) { $0.timeout = .milliseconds(300) }
        let ear = Ear()
        let subscription = client.subscribe(to: ["a"]) { ear.hear($0) }
        // A slow machine may need more than one attempt within this limit.
        try await waitUntil("it is subscribed") { ear.all.last == "subscribed" }
        server.pause()
        try await waitUntil("it is interrupted") { ear.all.last == "interrupted" }
        server.resume()
        try await waitUntil("it is subscribed anew") { ear.all.last == "subscribed" }
        subscription.cancel()
    }
}
