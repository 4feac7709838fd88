import ProcessSupport
import RedisSupport
import Testing

@Suite("Sentinels of a test", .timeLimit(.minutes(1)))
struct RedisTrioTests {
    @Test("They make the replica the master when that is killed, and it follows once it is back")
    func failsOver() async throws {
        let trio = try await RedisTrio.start(.init(password: "secret"))
        let first = trio.master
        #expect(trio.servers.count == 2)
        let hosts = trio.sentinels.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
        #expect(trio.sentinelURL() == "redis+sentinel://:secret@\(hosts)/roost")
        let probe = try first.probe()
        try probe.command("SET", "a", "b")
        #expect(try probe.command("WAIT", "1", "5000") == .integer(1))

        trio.killMaster()
        let second = try await trio.waitForNewMaster()
        #expect(second !== first)
        #expect(trio.master === second)
        #expect(try second.probe().command("GET", "a") == .text("b"))
        try second.probe().command("SET", "a", "c")

        try await first.restart()
        try await waitUntil("the old master follows the new one") {
            // The sentinels close all connections to a server that they have told to follow.
            (try? first.probe().command("GET", "a")) == .text("c")
        }
        #expect(try first.probe().info("replication")["role"] == "slave")
    }
}
