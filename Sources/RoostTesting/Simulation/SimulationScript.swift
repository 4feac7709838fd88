import RoostCore
import Synchronization

/// What happens in a run, from its first worker to its last.
final class SimulationScript: Sendable {
    private struct State {
        var workers: [SimulatedWorker] = []
        var producers: [SimulatedProducer] = []
        var busyProducers = 0
        var busyOperators = 0
        var isOver = false
        var final: [History.FinalJob] = []
        var problem: String? = "it did not come to its end"
        var end: Duration = .zero
    }

    let world: SimulatedWorld
    private let random: SimulationRandom
    private let state = Mutex(State())

    private var executor: SimulationExecutor { world.executor }
    private var settings: SimulationSettings { world.settings }
    private var workers: [SimulatedWorker] { state.withLock { $0.workers } }
    private var isOver: Bool { state.withLock { $0.isOver } }

    init(_ world: SimulatedWorld) {
        self.world = world
        self.random = world.random.fork()
    }

    var final: [History.FinalJob] { state.withLock { $0.final } }
    /// Why the run did not come to its end; nil: it did.
    var problem: String? { state.withLock { $0.problem } }
    var end: Duration { state.withLock { $0.end } }

    /// Runs in a process of its own, `driver`, which is no part of the system.
    func run(in driver: SimulatedProcess) async {
        let problem = await play(in: driver)
        let end = executor.uptime
        state.withLock { state in
            state.problem = problem
            state.end = end
            state.isOver = true
        }
        await world.end()
    }

    private func play(in driver: SimulatedProcess) async -> String? {
        superviseWorkers(plan: settings.plan)
        startClients()
        driver.start { await self.strike(in: driver) }
        guard await wait(for: .minutes(5), until: { $0.busyProducers == 0 }) else {
            return "a producer does not come to an end"
        }
        // From here on all must come to its end by itself.
        state.withLock { $0.isOver = true }
        world.mend()
        for worker in workers where worker.process.isFrozen && !worker.isGone { worker.process.wake() }
        let isDone: @Sendable (borrowing State) -> Bool = { state in
            state.busyOperators == 0 && self.world.journal.unfinished == 0
        }
        guard await wait(for: .minutes(3), until: isDone) else {
            return "\(world.journal.unfinished) jobs do not come to an end"
        }
        for worker in workers { worker.stop() }
        guard await wait(for: .minutes(1), until: { $0.workers.allSatisfy(\.isGone) }, supervising: false) else {
            return "a worker does not stop"
        }
        do {
            let final = try await world.journal.final()
            state.withLock { $0.final = final }
            return nil
        } catch {
            return "the store cannot be read: \(error)"
        }
    }

    private func wait(
        for duration: Duration,
        until condition: @Sendable (borrowing State) -> Bool,
        supervising: Bool = true
    ) async -> Bool {
        let deadline = executor.uptime + duration
        while !state.withLock({ condition($0) }) {
            if executor.uptime >= deadline { return false }
            if supervising { superviseWorkers(plan: isOver ? .none : settings.plan) }
            await executor.pause(.milliseconds(100))
        }
        return true
    }

    // MARK: Processes

    /// Starts workers in the place of those that are gone.
    private func superviseWorkers(plan: FaultPlan) {
        let live = workers.filter { !$0.isGone }
        var knowsAll = live.contains { $0.knowsAll }
        for _ in live.count..<max(settings.workers, live.count) {
            let worker = SimulatedWorker(
                world,
                options: settings.options(random, name: "\(workers.count)"),
                plan: plan,
                knowsAll: !knowsAll || random.oneIn(2)
            )
            knowsAll = true
            state.withLock { $0.workers.append(worker) }
            worker.start()
        }
    }

    private func startClients() {
        for _ in 0..<settings.producers {
            let producer = SimulatedProducer(world, jobs: settings.jobs / settings.producers)
            state.withLock { state in
                state.producers.append(producer)
                state.busyProducers += 1
            }
            producer.start { self.state.withLock { $0.busyProducers -= 1 } }
        }
        for _ in 0..<settings.operators {
            state.withLock { $0.busyOperators += 1 }
            SimulatedOperator(world).start(
                until: { self.isOver },
                whenDone: { self.state.withLock { $0.busyOperators -= 1 } }
            )
        }
    }

    // MARK: Blows

    /// Does to processes what happens to processes.
    private func strike(in driver: SimulatedProcess) async {
        for _ in 0..<settings.blows {
            await executor.pause(random.duration(in: .milliseconds(50) ..< .seconds(2)))
            if isOver { return }
            if random.oneIn(6) {
                world.executor.jump(by: random.duration(in: .seconds(-60) ..< .seconds(60)))
                continue
            }
            let live = workers.filter { !$0.isGone && !$0.process.isFrozen }
            guard !live.isEmpty else { continue }
            let worker = random.pick(live)
            let time = random.duration(in: settings.lease / 2..<settings.lease * 3)
            switch random.int(in: 0..<6) {
            case 0: worker.layer.breakDown(for: time)
            case 1: worker.process.kill()
            case 2: worker.stop()
            case 3: worker.cancel()
            default:
                worker.process.freeze()
                driver.start {
                    await self.executor.pause(time)
                    // Unless the run was over first.
                    if worker.process.isFrozen, !worker.isGone { worker.process.wake() }
                }
            }
        }
    }
}
