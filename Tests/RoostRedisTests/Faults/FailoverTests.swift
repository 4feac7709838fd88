import RedisSupport
import RoostCore
import Testing

extension FaultTests {
    @Suite("dies, and a replica takes its place") struct FailoverTests {
        private func makeRun(_ trio: RedisTrio, settings: FaultRun.Settings) -> FaultRun {
            FaultRun(
                url: trio.sentinelURL(),
                directURL: trio.sentinelURL(),
                settings: settings,
                owner: { _ in trio.master },
                at: trio.master
            )
        }

        @Test("as Sentinels say: what the replica had is there, and work goes on")
        func asynchronous() async throws {
            let trio = try await RedisTrio.start()
            let run = makeRun(trio, settings: .init())
            let (killed, over) = (Moment(), Moment())
            // Replication is asynchronous: what was acknowledged just before may not have reached the replica.
            let forgiven = { @Sendable in (killed.time - .seconds(1))...over.time }
            try await run.disturbed(forgiving: forgiven) { _ in
                killed.isNow()
                trio.killMaster()
                over.isNow()
                try await trio.waitForNewMaster()
            }
        }

        @Test("which loses nothing where enqueues wait for the replica (replicas=1)")
        func synchronous() async throws {
            let trio = try await RedisTrio.start()
            let run = makeRun(trio, settings: .init(timeout: 2, replicas: 1))
            let (killed, over) = (Moment(), Moment())
            try await run.disturbed(forgiving: { nil }) { _ in
                killed.isNow()
                let old = trio.master
                trio.killMaster()
                over.isNow()
                try await trio.waitForNewMaster()
                // It follows the new one now, so that there is a replica again.
                try await old.restart()
            }
        }
    }
}
