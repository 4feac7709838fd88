import ProcessSupport
import RedisSupport
import RoostCore
import StoreFaults
import Testing

extension FaultTests {
    @Suite("dies, and a replica takes its place") struct FailoverTests {
        private func makeRun(
            _ trio: RedisTrio,
            replicas: Int = 0,
            settings: FaultSettings = .init()
        ) -> FaultRun<RedisSubject> {
            let url = trio.sentinelURL()
            let subject = RedisSubject(url: url, directURL: url, replicas: replicas, owner: { _ in trio.master })
            return FaultRun(subject, settings: settings)
        }

        @Test("as Sentinels say: what the replica had is there, and work goes on")
        func asynchronous() async throws {
            let trio = try await RedisTrio.start()
            let run = makeRun(trio)
            let lost = LossPeriod()
            try await run.disturbed(forgiving: lost) { run in
                try await run.waitForEffects(more: 100)
                lost.begins(earlier: Bounds.replicaMayMiss)
                trio.killMaster()
                lost.endsNow()
                try await trio.waitForNewMaster()
            }
        }

        @Test("which loses no job where enqueues wait for the replica (replicas=1)")
        func synchronous() async throws {
            let trio = try await RedisTrio.start()
            let run = makeRun(trio, replicas: 1, settings: .init(timeout: 2))
            // Claims and ends do not wait for it.
            let lost = LossPeriod(of: .claimsAndEnds)
            try await run.disturbed(forgiving: lost) { run in
                try await run.waitForEffects(more: 100)
                let old = trio.master
                lost.begins(earlier: Bounds.replicaMayMiss)
                trio.killMaster()
                try await trio.waitForNewMaster()
                // It follows the new one soon, so that there is a replica again. Until then it takes itself for the master, and a
                // Sentinel that has not heard yet may still send clients to it.
                try await old.restart()
                try await waitUntil("it follows") {
                    try old.probe().command("ROLE").array?.first?.text == "slave"
                }
                lost.endsNow()
            }
        }
    }
}
