import RedisSupport
import RoostCore
import StoreFaults
import Testing

extension FaultTests {
    @Suite("gives its jobs to another node of the cluster") struct SlotMoveTests {
        @Test("batch by batch, while they run: nothing is lost")
        func move() async throws {
            let cluster = try await RedisCluster.start()
            let subject = RedisSubject(
                url: cluster.url,
                directURL: cluster.url,
                owner: { try cluster.owner(ofKey: $0) }
            )
            let run = FaultRun(subject)
            try await run.disturbed { run in
                for _ in 0..<2 {
                    let owner = try cluster.owner(ofKey: run.subject.key)
                    let other = try #require(cluster.nodes.first { $0 !== owner })
                    try await cluster.moveSlot(of: run.subject.key, to: other, batch: 20) { step in
                        switch step {
                        case .importing, .migrating, .claimedByNewOwner: try await Task.sleep(for: .milliseconds(100))
                        case .keysMoved, .done: break
                        }
                    }
                    try await run.waitForEffects(more: 20)
                }
            }
        }
    }
}
