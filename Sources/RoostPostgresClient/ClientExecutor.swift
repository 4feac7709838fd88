internal import Dispatch

/// Runs the tasks of all clients. They do not block, and must get on while jobs block the cooperative pool: leases could not be extended
/// otherwise.
final class ClientExecutor: TaskExecutor {
    /// A task holds its executor without owning it; this one stays.
    static let shared = ClientExecutor()

    private let queue = DispatchQueue(label: "roost.postgres")

    private init() {}

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
