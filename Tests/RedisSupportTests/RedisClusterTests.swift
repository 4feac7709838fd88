import RedisSupport
import Synchronization
import Testing

@Suite("A cluster of a test", .timeLimit(.minutes(1)))
struct RedisClusterTests {
    @Test("A slot moves key by key, and each step can be looked at")
    func movesSlot() async throws {
        let cluster = try await RedisCluster.start()
        #expect(cluster.url == "redis+cluster://" + cluster.nodes.map { "127.0.0.1:\($0.port)" }.joined(separator: ","))
        let source = try cluster.owner(ofKey: "{roost}:1")
        let target = try #require(cluster.nodes.first { $0 !== source })
        let (from, to) = (try source.probe(), try target.probe())
        for number in 1...25 { try from.command("SET", "{roost}:\(number)", "\(number)") }
        let slot = try cluster.slot(ofKey: "{roost}")

        let steps = Mutex<[RedisCluster.MoveStep]>([])
        try await cluster.moveSlot(of: "{roost}:1", to: target) { step async throws in
            steps.withLock { $0.append(step) }
            switch step {
            case .importing:
                #expect(try from.command("GET", "{roost}:1") == .text("1"))
            case .migrating:
                #expect(throws: RedisProbeError.refused("ASK \(slot) 127.0.0.1:\(target.port)")) {
                    try from.command("GET", "{roost}:none")
                }
            case .keysMoved(_, let left):
                #expect(try from.command("CLUSTER", "COUNTKEYSINSLOT", "\(slot)") == .integer(left))
                #expect(try to.command("CLUSTER", "COUNTKEYSINSLOT", "\(slot)") == .integer(25 - left))
            case .claimedByNewOwner, .done:
                #expect(try to.command("GET", "{roost}:25") == .text("25"))
            }
        }
        #expect(
            steps.withLock { $0 } == [
                .importing, .migrating, .keysMoved(10, left: 15), .keysMoved(10, left: 5), .keysMoved(5, left: 0),
                .claimedByNewOwner, .done,
            ]
        )
        #expect(try cluster.owner(ofKey: "{roost}:1") === target)
        #expect(throws: RedisProbeError.refused("MOVED \(slot) 127.0.0.1:\(target.port)")) {
            try from.command("GET", "{roost}:1")
        }
    }

    private struct Interrupted: Error {}

    @Test("A move that was left in the middle goes on from there")
    func goesOn() async throws {
        let cluster = try await RedisCluster.start(.init(password: "secret"))
        let source = try cluster.owner(ofKey: "{roost}")
        let target = try #require(cluster.nodes.first { $0 !== source })
        for number in 1...25 { try source.probe().command("SET", "{roost}:\(number)", "\(number)") }
        // No text: the names of keys are any bytes.
        let odd = Array("{roost}:".utf8) + [0xFF, 0, 0xC3]
        try source.probe().command(bytes: [Array("SET".utf8), odd, [0xFE]])
        await #expect(throws: Interrupted.self) {
            try await cluster.moveSlot(of: "{roost}", to: target) { step async throws in
                if case .keysMoved = step { throw Interrupted() }
            }
        }
        #expect(try cluster.owner(ofKey: "{roost}") === source)
        try await cluster.moveSlot(of: "{roost}", to: target)
        #expect(try cluster.owner(ofKey: "{roost}") === target)
        #expect(try target.probe().command("GET", "{roost}:1") == .text("1"))
        #expect(try target.probe().command(bytes: [Array("GET".utf8), odd]) == .bytes([0xFE]))
    }
}
