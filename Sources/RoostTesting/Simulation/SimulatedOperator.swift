import RoostCore

/// A process in which somebody cancels, retries and deletes jobs.
final class SimulatedOperator: Sendable {
    private let process: SimulatedProcess
    private let layer: FaultLayer
    private let queue: JobQueue
    private let journal: JournalingStore
    private let random: SimulationRandom

    init(_ world: SimulatedWorld) {
        (process, layer, queue) = world.makeClient(plan: world.settings.plan)
        journal = world.journal
        random = world.random.fork()
    }

    /// Goes on until `isOver` says so.
    func start(until isOver: @escaping @Sendable () -> Bool, whenDone: @escaping @Sendable () -> Void) {
        process.recorder.note(.started, of: process.number)
        process.start { await self.layer.passWakeUpsOn() }
        process.start {
            while !isOver() {
                await self.process.executor.pause(self.random.duration(in: .milliseconds(50) ..< .seconds(1)))
                await self.act()
            }
            whenDone()
        }
    }

    private func act() async {
        let rows = journal.rows
        guard !rows.isEmpty else { return }
        let job = random.pick(rows).id
        do {
            switch random.int(in: 0..<10) {
            case 0..<3: try await queue.perform(.cancel(job))
            case 3: try await queue.cancelGraph(of: job)
            case 4..<7:
                let ended = rows.filter { [.failed, .cancelled, .expired, .skipped].contains($0.state) }
                guard !ended.isEmpty else { return }
                try await queue.perform(.retry(random.pick(ended).id))
            case 7: try await queue.perform(.delete(job))
            case 8:
                let start = JobOptions.Start.after(random.duration(in: .zero ..< .seconds(2)))
                try await queue.perform(.reschedule(job, start))
            default: try await queue.perform(.revoke(.job(job), once: random.oneIn(2), until: nil))
            }
        } catch {
            // The store failed; whether it was done is not known to anybody.
        }
    }
}
