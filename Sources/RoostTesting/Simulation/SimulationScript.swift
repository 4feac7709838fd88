import RoostCore
import Synchronization

/// What happens in a run, from its first worker to its last.
final class SimulationScript: Sendable {
    private struct State {
        var workers: [SimulatedWorker] = []
        var busy = 0
        var final: [History.FinalJob] = []
        var problem: String? = "it did not come to its end"
        var end: Duration = .zero
    }

    let world: SimulatedWorld
    private let random: SimulationRandom
    private let state = Mutex(State())

    private var executor: SimulationExecutor { world.executor }
    private var settings: SimulationSettings { world.settings }

    init(_ world: SimulatedWorld) {
        self.world = world
        self.random = world.random.fork()
    }

    var final: [History.FinalJob] { state.withLock { $0.final } }
    var problem: String? { state.withLock { $0.problem } }
    var end: Duration { state.withLock { $0.end } }

    /// Runs in the process that is no part of the system.
    func run() async {
        let problem = await play()
        let end = executor.uptime
        state.withLock { state in
            state.problem = problem
            state.end = end
        }
        await world.end()
    }

    /// - Returns: why it did not come to its end.
    private func play() async -> String? {
        for _ in 0..<settings.workers { addWorker(plan: settings.plan) }
        let share = settings.jobs / settings.producers
        for _ in 0..<settings.producers {
            let producer = SimulatedProducer(world, jobs: share)
            begin()
            producer.start { self.done() }
        }
        guard await wait(for: .minutes(2), until: { self.state.withLock { $0.busy == 0 } }) else {
            return "a producer or an operator does not come to an end"
        }
        // From here on all must come to its end by itself.
        world.mend()
        for worker in workers { if worker.process.isFrozen, !worker.isGone { worker.process.wake() } }
        if workers.allSatisfy(\.isGone) { addWorker(plan: .none) }
        guard await wait(for: .minutes(5), until: { self.world.journal.unfinished == 0 }) else {
            return "\(world.journal.unfinished) jobs do not come to an end"
        }
        for worker in workers { worker.stop() }
        guard await wait(for: .minutes(1), until: { self.workers.allSatisfy(\.isGone) }) else {
            return "a worker does not stop"
        }
        do {
            let final = try await world.journal.final()
            state.withLock { $0.final = final }
        } catch {
            return "the store cannot be read: \(error)"
        }
        return nil
    }

    private var workers: [SimulatedWorker] { state.withLock { $0.workers } }

    private func addWorker(plan: FaultPlan) {
        let number = state.withLock { $0.workers.count }
        let worker = SimulatedWorker(world, options: settings.options(random, name: "\(number)"), plan: plan)
        state.withLock { $0.workers.append(worker) }
        worker.start()
    }

    private func begin() {
        state.withLock { $0.busy += 1 }
    }

    private func done() {
        state.withLock { $0.busy -= 1 }
    }

    private func wait(for duration: Duration, until condition: () -> Bool) async -> Bool {
        let deadline = executor.uptime + duration
        while !condition() {
            if executor.uptime >= deadline { return false }
            await pause(.milliseconds(100))
        }
        return true
    }

    private func pause(_ duration: Duration) async {
        do {
            try await executor.sleep(for: duration, ignoringCancel: true)
        } catch {
            preconditionFailure("a sleep that ignores cancels cannot be cancelled")
        }
    }
}
