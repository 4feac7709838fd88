import RoostCore

/// A process that enqueues jobs, and waits for some of them.
final class SimulatedProducer: Sendable {
    private let process: SimulatedProcess
    private let layer: FaultLayer
    private let queue: JobQueue
    private let random: SimulationRandom
    private let jobs: Int

    init(_ world: SimulatedWorld, jobs: Int) {
        let (process, layer, queue) = world.makeClient(plan: world.settings.plan)
        self.process = process
        self.layer = layer
        self.queue = queue
        self.jobs = jobs
        self.random = world.random.fork()
    }

    func start(whenDone: @escaping @Sendable () -> Void) {
        process.recorder.note(.started, of: process.number)
        process.start { await self.layer.passWakeUpsOn() }
        process.start {
            await self.run()
            whenDone()
        }
    }

    private func run() async {
        for _ in 0..<jobs {
            do {
                try await process.executor.sleep(
                    for: random.duration(in: .zero ..< .milliseconds(200)),
                    ignoringCancel: true
                )
                try await queue.enqueue(SimulatedJob(behaviour: Behaviour()))
            } catch {
            }
        }
    }
}
