import Foundation
import ProcessSupport
import RoostCore
import RoostTesting
import Testing

@Suite("A simulated run", .timeLimit(.minutes(5)))
struct SimulationTests {
    @Test("breaks no invariant", arguments: stride(from: UInt64(1), to: 241, by: 20).map { $0..<$0 + 20 })
    func keepsPromises(seeds: Range<UInt64>) async {
        for seed in seeds {
            let report = await simulate(seed: seed)
            for failure in report.failures {
                Issue.record("\(failure)\nto see all of it: scripts/simulate --seed \(seed)")
            }
        }
    }

    @Test("is the same whenever its seed is the same", arguments: [UInt64(1), 2, 3, 76])
    func repeats(seed: UInt64) async {
        let first = await simulate(seed: seed)
        let second = await simulate(seed: seed)
        #expect(first.history == second.history)
        #expect(first.steps == second.steps)
        #expect(await simulate(seed: seed + 1000).history != first.history)
    }

    @Test("is the same in another process, whatever order that gives to dictionaries and sets")
    func repeatsElsewhere() async throws {
        let folder = try TemporaryFolder()
        var runs: [String] = []
        for hashing in ["1", nil, nil] {
            let environment = hashing.map { ["SWIFT_DETERMINISTIC_HASHING": $0] } ?? [:]
            let program = try Program("Simulate", ["--seed", "5"], environment: environment, in: folder.path)
            let output = try await program.result().output
            runs.append(try #require(output.split(separator: "\n").last.map(String.init)))
        }
        #expect(runs[0].contains("all is well"))
        #expect(Set(runs).count == 1, "a decision depends on the order of a dictionary or a set: \(runs)")
        let here = await simulate(seed: 5)
        #expect(runs[0].hasSuffix("digest \(here.digest)"))
    }

    @Test("has all that can go wrong in it")
    func variety() async {
        var seen: Set<String> = []
        for seed: UInt64 in 1...60 {
            for event in await simulate(seed: seed).history.events {
                switch event {
                case .transition(let step):
                    seen.insert("\(step.from?.rawValue ?? "-") to \(step.to?.rawValue ?? "-")")
                    if step.crashes > 0 { seen.insert("crash") }
                case .process(let event): seen.insert(event.change.rawValue)
                case .reply(let reply):
                    seen.insert(reply.answer.rawValue)
                    if !reply.duplicates.isEmpty { seen.insert("duplicate") }
                case .action(let action): seen.insert(action.kind.rawValue)
                case .lease(let lease): seen.insert(lease.change.rawValue)
                default: break
                }
            }
        }
        let wanted: Set<String> = [
            "died", "frozen", "woken", "asked", "stopped", "ok", "unknown", "duplicate", "crash", "extended",
            "cancel", "cancelGraph", "retry", "delete",
            "- to ready", "- to scheduled", "- to waiting", "scheduled to ready", "ready to running",
            "running to succeeded", "running to failed", "running to cancelled", "running to expired",
            "running to scheduled", "running to ready", "waiting to ready", "waiting to skipped", "ready to cancelled",
            "failed to ready", "succeeded to -",
        ]
        #expect(wanted.subtracting(seen).isEmpty)
    }
}
