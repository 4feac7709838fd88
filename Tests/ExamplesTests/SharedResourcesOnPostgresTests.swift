import Foundation
import PostgresSupport
import ProcessSupport
import Testing

@Suite("The example of shared resources on Postgres", .timeLimit(.minutes(2)))
struct SharedResourcesOnPostgresTests {
    private struct Nap {
        var slot: Int
        var backend: Int
        var began: Double
        var ended: Double
    }

    @Test("gives each slot a connection of its own, whose queries overlap with those of others")
    func slots() async throws {
        let server = try await PostgresServer.start()
        let folder = try TemporaryFolder()
        let result = try await Program.run("SharedResourcesOnPostgres", [server.url], in: folder.path)
        #expect(result.status == 0, "\(result.errors)")
        let words = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let naps = words.compactMap { words -> Nap? in
            guard words.count == 9, words[4] == "slept", let slot = Int(words[1]), let backend = Int(words[3]),
                let began = Double(words[6]), let ended = Double(words[8])
            else { return nil }
            return Nap(slot: slot, backend: backend, began: began, ended: ended)
        }
        #expect(naps.count == 12, "\(result.output)")
        // Each slot has one connection, and no two have the same.
        let pairs = Set(naps.map { [$0.slot, $0.backend] })
        #expect(pairs.count == 3)
        #expect(Set(naps.map(\.backend)).count == 3)
        // The one that it had from its start on.
        let started = words.filter { $0.count == 6 && $0[2] == "started," }.compactMap { words -> [Int]? in
            guard let slot = Int(words[1]), let backend = Int(words[5]) else { return nil }
            return [slot, backend]
        }
        #expect(Set(started) == pairs)
        let overlap = naps.contains { nap in
            naps.contains { $0.slot != nap.slot && $0.began < nap.ended && nap.began < $0.ended }
        }
        #expect(overlap, "\(result.output)")
        for slot in 0..<3 {
            let own = naps.filter { $0.slot == slot }.sorted { $0.began < $1.began }
            for (nap, next) in zip(own, own.dropFirst()) { #expect(nap.ended <= next.began) }
        }
        // The slots have ended; the server sees a moment later that their connections are gone.
        try await waitUntil("no connection is left") {
            try server.sql(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
                """
            ) == [["0"]]
        }
    }
}
