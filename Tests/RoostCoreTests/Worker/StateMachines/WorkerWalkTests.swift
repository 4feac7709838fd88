import Testing

@testable import RoostCore

@Suite("WorkerStateMachine on a random walk")
struct WorkerWalkTests {
    @Test(
        """
        each job is in one place and told once, nothing starts after the drain, and the worker finishes, in whatever \
        order store and slots act
        """,
        arguments: 0..<150 as Range<UInt64>
    )
    func walks(seed: UInt64) throws {
        var walk = WorkerWalk(seed: seed)
        try walk.run(steps: 800)
    }

    @Test("the walks start and settle jobs by the hundred, so that they show something")
    func walksFar() throws {
        var (started, settled) = (0, 0)
        for seed in 1000..<1020 as Range<UInt64> {
            var walk = WorkerWalk(seed: seed)
            try walk.run(steps: 800)
            started += walk.startedCount
            settled += walk.settledCount
        }
        #expect(started > 1000)
        #expect(settled > 1000)
    }
}
