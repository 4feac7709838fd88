import RoostCore
import RoostTesting
import Synchronization

/// What this process tells of itself, in a file of its own.
final class Witness: Sendable {
    /// The one of this process; set once, before the first job or call.
    static var current: Witness {
        guard let witness = shared.withLock({ $0 }) else { preconditionFailure("the process has no witness yet") }
        return witness
    }

    private static let shared = Mutex<Witness?>(nil)

    private let writer: HistoryWriter?
    private let asked: AskedActions.Writer?
    private let worker = Mutex<Int64?>(nil)

    private init(_ writer: HistoryWriter?, _ asked: AskedActions.Writer?) {
        self.writer = writer
        self.asked = asked
    }

    /// Makes the witness of this process.
    ///
    /// - Parameter keeps: whether it writes anything down. Where none is judged, a history only takes room.
    static func begin(folder: String, name: String, keeps: Bool) throws {
        let path = "\(folder)/\(name)-\(System.process)"
        let writer = keeps ? try HistoryWriter(path: "\(path).jsonl") : nil
        let asked = keeps ? try AskedActions.Writer(path: path) : nil
        shared.withLock { $0 = Witness(writer, asked) }
    }

    /// The store's number of the worker that runs in this process.
    func isWorker(_ number: Int64) {
        worker.withLock { $0 = number }
    }

    func tell(_ event: HistoryEvent) {
        guard let writer else { return }
        do {
            try writer.append(event)
        } catch {
            // A history with a hole would accuse the store of what it did not do.
            System.complain("the witness failed: \(error)")
            System.die()
        }
    }

    /// To be called before the request is made.
    func tell(_ action: AskedAction, as request: JobID) {
        asked?.write(action, as: request)
    }

    func body(_ phase: HistoryEvent.BodyEvent.Phase, _ context: JobContext) {
        tell(
            .body(
                .init(
                    at: System.uptime,
                    process: System.process,
                    worker: worker.withLock { $0 },
                    job: context.id,
                    attempt: context.attempt,
                    phase: phase
                )
            )
        )
    }

    func observed(_ job: JobID, _ state: JobState) {
        tell(.observed(.init(at: System.uptime, client: "\(System.process)", job: job, state: state)))
    }
}
