import Logging
import RoostCore
import Synchronization

/// What all processes of a simulation share: time, the store and the history.
final class SimulatedWorld: Sendable {
    let executor: SimulationExecutor
    let recorder: SimulationRecorder
    let journal: JournalingStore
    let settings: SimulationSettings
    let random: SimulationRandom
    let logger: Logger
    private let processes = Mutex<[(process: SimulatedProcess, layer: FaultLayer?)]>([])

    init(seed: UInt64, fault: StoreFault?, logger: Logger) {
        self.random = SimulationRandom(seed: seed)
        self.logger = logger
        self.settings = SimulationSettings(random.fork())
        self.executor = SimulationExecutor(seed: random.bits())
        self.recorder = SimulationRecorder(time: executor)
        let memory = MemoryStore(time: executor)
        let store: any JobStore = if let fault { FaultyStore(memory, fault: fault) } else { memory }
        self.journal = JournalingStore(store, executor: executor, recorder: recorder)
    }

    func makeProcess() -> SimulatedProcess {
        processes.withLock { processes in
            let process = SimulatedProcess(
                number: Int32(processes.count),
                executor: executor,
                recorder: recorder
            )
            processes.append((process, nil))
            return process
        }
    }

    /// A process with a way to the store of its own.
    func makeClient(plan: FaultPlan) -> (SimulatedProcess, FaultLayer, JobQueue) {
        let process = makeProcess()
        let random = random.fork()
        let layer = FaultLayer(
            journal,
            process: process,
            plan: plan,
            lease: settings.lease,
            exchangesAtOnce: settings.exchangesAtOnce,
            random: random.fork()
        )
        processes.withLock { $0[Int(process.number)].layer = layer }
        let ids = JobIDGenerator(
            milliseconds: { [executor] in UInt64(max(executor.now.microseconds, 0) / 1000) },
            random: { random.bits() }
        )
        let queue = JobQueue(
            store: layer,
            logger: logger,
            awaitsHandlers: false,
            surroundings: Surroundings(executor: process, chance: { random.fraction() }, ids: ids)
        )
        return (process, layer, queue)
    }

    /// From now on nothing goes wrong between processes and the store.
    func mend() {
        for (_, layer) in processes.withLock({ $0 }) { layer?.mend() }
    }

    /// Lets all that still runs come to its end, when the history is over.
    func end() async {
        recorder.close()
        let all = processes.withLock { $0 }
        for (process, layer) in all {
            layer?.shut()
            process.release()
        }
        await journal.close()
    }
}
