import Foundation
import ProcessSupport
import RedisFaults
import RedisSupport
import RoostCore
import Synchronization
import Testing

extension FaultTests {
    @Suite("has a worker that stood still") struct FrozenWorkerTests {
        /// SIGSTOP past the lease, as a machine does that sleeps or swaps. The others take its jobs back and run them; what it
        /// tells when it wakes counts for nothing.
        @Test("for longer than its lease: its late ends are refused")
        func frozen() async throws {
            let server = try await RedisServer.start()
            let folder = try TemporaryFolder()
            let path = folder.file("ledger")
            let run = FaultRun(
                on: server,
                settings: .init(workers: 1, producers: 1, jobMicroseconds: 20_000, jobsIgnoreCancel: true)
            )
            try await run.disturbed { run in
                let child = try Program("FaultWorker", [run.clientURL, path], in: folder.path)
                try await waitUntil("the child works") { try childEntries(path).contains { $0.isEffect } }
                let held = try await freezeAtWork(child, path)
                try await waitUntil("another worker runs what it holds") { held.allSatisfy(run.ledger.hasEffect) }
                run.thaw.withLock { $0 = .init(client: "child", at: SystemTimeSource().uptime) }
                child.send(SIGCONT)
                let woken = try childEntries(path).count
                try await waitUntil("the child works again") {
                    try childEntries(path).dropFirst(woken).contains { $0.isSuccess }
                }
                child.send(SIGTERM)
                let result = try await child.result()
                #expect(result.status == 0, "\(result.errors.suffix(2000))")
                try run.ledger.add(fileAt: path)
            }
            let refused = try childEntries(path).filter { entry in
                if case .settled(_, _, .stale) = entry.kind { true } else { false }
            }
            // It may also have heard before it told of an end that the lease is lost, and then it tells of none.
            #expect(refused.allSatisfy { run.ledger.hasEffect($0.job) })
            var effects: [JobID: Int] = [:]
            for entry in run.ledger.entries where entry.isEffect { effects[entry.job, default: 0] += 1 }
            let repeated = effects.values.filter { $0 > 1 }.count
            // What ran or had ended without its end being stored when it was frozen (invariant 14).
            #expect(repeated >= 1)
            #expect(effects.values.allSatisfy { $0 <= 2 })
        }

        /// Freezes it at a moment at which it has told of the start of a job and not of its effect: the store cannot have been
        /// told of its end.
        ///
        /// - Returns: those jobs.
        private func freezeAtWork(_ child: Program, _ path: String) async throws -> Set<JobID> {
            var held: Set<JobID> = []
            try await waitUntil("the child stands still while jobs run") {
                child.send(SIGSTOP)
                // It writes no more once it stands.
                try await Task.sleep(for: .milliseconds(20))
                var open: Set<JobID> = []
                for entry in try childEntries(path) {
                    if case .started = entry.kind { open.insert(entry.job) }
                    if entry.isEffect { open.remove(entry.job) }
                }
                held = open
                if open.isEmpty { child.send(SIGCONT) }
                return !open.isEmpty
            }
            return held
        }

        private func childEntries(_ path: String) throws -> [Ledger.Entry] {
            guard let data = FileManager.default.contents(atPath: path) else { return [] }
            // The last line may be half written.
            let whole = data.lastIndex(of: 10).map { data[...$0] } ?? Data()
            return try whole.split(separator: 10).map { try JSONDecoder().decode(Ledger.Entry.self, from: $0) }
        }
    }
}

extension Ledger.Entry {
    fileprivate var isEffect: Bool { if case .effect = kind { true } else { false } }
    fileprivate var isSuccess: Bool { if case .settled(_, true, .applied) = kind { true } else { false } }
}
