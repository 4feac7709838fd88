import Logging
import RoostCore
import RoostTesting
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Enqueues a mixed load, waits for some of it, and does what operators do, until it is asked to stop.
enum ProducerProcess {
    private static let isAsked = Atomic<Bool>(false)
    /// How many jobs may be ready: with more, a slow machine would only show that it is slow (invariant 13).
    private static let mostReady = 1000

    static func run(_ arguments: Arguments, store: any CrashStore) async throws {
        signal(SIGTERM) { _ in ProducerProcess.isAsked.store(true, ordering: .relaxed) }
        let seed = try arguments.seed() ?? 1
        let pause = try arguments.number("pause", default: 10)
        let limit = try arguments.number("calls", default: .max)
        let logger = Logger(label: "producer")
        let opened = WitnessStore(
            try await store.open(patience: try arguments.milliseconds("patience", default: .seconds(5)))
        )
        let only = try arguments.text("only").map { name throws(UsageError) in
            guard let step = MixedLoad.Step(rawValue: name) else { throw UsageError("there is no step '\(name)'") }
            return step
        }
        let load = MixedLoad(
            queue: JobQueue(store: opened, logger: logger),
            only: only,
            isPassing: arguments.has("soak")
        )
        if let poison = arguments.text("poison") {
            return try await load.enqueue(
                poison: poison,
                innocents: try arguments.number("innocents", default: 60)
            )
        }
        var random = SeededRandom(seed: seed)
        await withDiscardingTaskGroup { waiters in
            var calls = 0
            while !isAsked.load(ordering: .relaxed), calls < limit {
                calls += 1
                if calls % 8 == 0 { await giveWay(load.queue) }
                do {
                    let jobs = try await load.step(&random)
                    for job in jobs where random.oneIn(8) {
                        waiters.addTask { await load.wait(for: job) }
                    }
                } catch let error as StoreError where error.isTransient || error.code == .rejected {
                    // The history has the answer; what was refused is not sent again, so that both stay visible.
                    logger.warning("a call failed", metadata: ["error": "\(error)"])
                } catch {
                    logger.critical("a call failed in a way it must not", metadata: ["error": "\(error)"])
                    exit(3)
                }
                try? await Task.sleep(for: random.milliseconds(0...(2 * pause)))
            }
            // What it still waits for is not worth more time than this: the ends are in the store.
            waiters.cancelAll()
        }
        await load.queue.close()
    }

    /// Lets the workers catch up.
    private static func giveWay(_ queue: JobQueue) async {
        while !isAsked.load(ordering: .relaxed) {
            // A store that cannot tell is tried by the calls that count.
            guard let counts = try? await queue.counts() else { return }
            guard counts.reduce(0, { $0 + ($1.byState[.ready] ?? 0) }) > mostReady else { return }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }
}
