import ProcessSupport
import RoostCore
import RoostTesting

extension Scenario {
    static let trap = poison("trap", "a job that traps", kind: Trap.kind)
    static let memory = poison("memory", "a job that exhausts memory", kind: Hog.kind)
    static let endless = poison(
        "endless",
        "a job that never yields, whose process the operator kills when it is reported as stuck",
        kind: Endless.kind,
        innocents: 200
    )

    /// One worker with 16 slots, and innocents in all of them and in the buffer. Whoever watches over it starts it again.
    private static func poison(
        _ name: String,
        _ summary: String,
        kind: String,
        innocents: Int = 60
    ) -> Scenario {
        Scenario(name: "poison-\(name)", summary: summary + ", is set aside; all others beside it finish") { driver in
            try await driver.store.prepare(journal: true, crashPoints: false)
            try driver.startAuditor()
            let producer = try driver.startProducer("--poison", name, "--innocents", String(innocents))
            try await driver.ended(producer)
            var worker: ChildProcess?
            var starts = 0
            try await driver.finish(limit: .seconds(120)) {
                if let running = worker, !running.isOver {
                    // The operator's part.
                    if !driver.said(Marks.stuck, by: running).isEmpty { driver.kill(running) }
                    return
                }
                starts += 1
                if starts > 20 { throw Failure("the worker died \(starts - 1) times: the poison is not set aside") }
                worker = try driver.start("worker", ["--slots", "16"])
            }
            try await driver.stopAll()
            driver.note("\(starts - 1) crashes")
            let hit = try driver.store.finalJobs().count { $0.state == .succeeded && $0.crashes > 0 }
            driver.note("\(hit) innocents hit by them")
            if hit < 15 { throw Failure("only \(hit) innocents were beside the poison") }
            let reasons = try driver.store.reasons().map { "\($0.kind) \($0.reason)" }
            if reasons != ["\(kind) poison"] { throw Failure("what did not succeed: \(reasons)") }
            let good = try driver.store.finalJobs().count { $0.state == .succeeded }
            if good != MixedLoad.innocents { throw Failure("\(good) of \(MixedLoad.innocents) innocents succeeded") }
        }
    }
}
