import RoostCore
import Synchronization

/// A process of a simulation: all its tasks run by it, so that they can be stopped together, for a while or for good.
package final class SimulatedProcess: TaskExecutor {
    private struct State {
        var isFrozen = false
        var isDead = false
        var worker: WorkerID?
    }

    let number: Int32
    let executor: SimulationExecutor
    let recorder: SimulationRecorder
    private let state = Mutex(State())

    /// The process in which this task runs.
    @TaskLocal static var current: SimulatedProcess?

    init(number: Int32, executor: SimulationExecutor, recorder: SimulationRecorder) {
        self.number = number
        self.executor = executor
        self.recorder = recorder
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        executor.enqueue(UnownedJob(job), of: self)
    }

    /// Starts `body` as a task of the process.
    @discardableResult
    func start(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task.detached(executorPreference: self) { await Self.$current.withValue(self) { await body() } }
    }

    /// The worker that runs in it, if it is one.
    var worker: WorkerID? {
        get { state.withLock { $0.worker } }
        set { state.withLock { $0.worker = newValue } }
    }

    // MARK: What is done to it

    var isFrozen: Bool { state.withLock { $0.isFrozen || $0.isDead } }
    var isDead: Bool { state.withLock { $0.isDead } }

    /// SIGSTOP: nothing of it runs until it is woken.
    func freeze() {
        change(.frozen) { $0.isFrozen = true }
    }

    /// SIGCONT.
    func wake() {
        change(.woken) { $0.isFrozen = false }
    }

    /// SIGKILL: nothing of it ever runs again.
    func kill() {
        change(.died) { $0.isDead = true }
    }

    /// Lets what was frozen or killed run to its end, when nobody looks any more.
    func release() {
        state.withLock { state in
            state.isFrozen = false
            state.isDead = false
        }
        executor.sort(self)
    }

    private func change(_ change: HistoryEvent.ProcessEvent.Change, _ body: (inout State) -> Void) {
        recorder.note(change, of: number)
        state.withLock { body(&$0) }
        executor.sort(self)
    }
}
