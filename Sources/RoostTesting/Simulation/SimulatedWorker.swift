import Logging
import RoostCore
import ServiceLifecycle
import Synchronization

/// A worker in a process of its own.
final class SimulatedWorker: Sendable {
    private struct State {
        var task: Task<Void, Never>?
        var hasEnded = false
        var isAsked = false
    }

    let process: SimulatedProcess
    let layer: FaultLayer
    /// Whether it runs jobs of every kind.
    let knowsAll: Bool
    private let group: ServiceGroup
    private let queue: JobQueue
    private let state = Mutex(State())

    init(_ world: SimulatedWorld, options: WorkerOptions, plan: FaultPlan, knowsAll: Bool) {
        self.knowsAll = knowsAll
        let (process, layer, queue) = world.makeClient(plan: plan)
        self.process = process
        self.layer = layer
        self.queue = queue
        let worker = Worker(
            queue,
            options: options,
            jobs: [SimulatedJob.self, SimulatedSum.self] + (knowsAll ? [SimulatedRareJob.self] : []),
            discoversJobs: false
        )
        self.group = ServiceGroup(services: [worker], logger: world.logger)
        listen()
    }

    /// Whether it runs no more, or never will.
    var isGone: Bool { process.isDead || state.withLock { $0.hasEnded } }

    func start() {
        process.recorder.note(.started, of: process.number)
        process.start { await self.layer.passWakeUpsOn() }
        let task = process.start { await self.run() }
        state.withLock { $0.task = task }
    }

    private func run() async {
        do {
            try await group.run()
        } catch {
            // Its task was cancelled, or the store failed for good; what counts is whether it took its leave.
        }
        // A process that was cut off from the store until its end could give nothing back.
        process.recorder.note(layer.hasRetired ? .stopped : .died, of: process.number)
        state.withLock { $0.hasEnded = true }
    }

    /// Asks for a graceful stop, as SIGTERM does.
    func stop() {
        guard !isGone,
            !state.withLock({ state in
                defer { state.isAsked = true }
                return state.isAsked
            })
        else { return }
        process.recorder.note(.asked, of: process.number)
        process.start { await self.group.triggerGracefulShutdown() }
    }

    /// Asks for a stop at once, as the second SIGTERM does.
    func cancel() {
        stop()
        guard let task = state.withLock({ $0.task }) else { return }
        process.start { task.cancel() }
    }

    private func listen() {
        queue.on(JobSucceeded.self) { [process] in process.observe($0.job.id, .succeeded) }
        queue.on(JobFailed.self) { [process] in process.observe($0.job.id, .failed) }
        queue.on(JobCancelled.self) { [process] in process.observe($0.job.id, .cancelled) }
        queue.on(JobExpired.self) { [process] in process.observe($0.job.id, .expired) }
        queue.on(JobSkipped.self) { [process] in process.observe($0.job.id, .skipped) }
    }
}

extension SimulatedProcess {
    /// Notes that somebody in this process was told how a job ended.
    func observe(_ job: JobID, _ state: JobState) {
        recorder.note(.observed(.init(at: recorder.at, client: "\(number)", job: job, state: state)))
    }
}
