import RoostCore
import Synchronization

/// The rows of the jobs that this process claimed and did not settle yet: to read one again takes longer than to delete it.
///
/// While a job runs its row changes little: by its flags, and by a cancel that is asked for. Whoever uses one of these
/// checks by token and flags that it still is what it was.
final class ClaimedRows: Sendable {
    /// Jobs whose lease was lost are never asked for; so many are kept before all are forgotten.
    private static let most = 10_000

    private let rows = Mutex<[JobID: JobRow]>([:])

    /// After the commit.
    func add(_ claimed: [JobRow]) {
        guard !claimed.isEmpty else { return }
        rows.withLock { rows in
            if rows.count + claimed.count > Self.most { rows.removeAll(keepingCapacity: true) }
            for row in claimed { rows[row.id] = row }
        }
    }

    func take(_ jobs: some Sequence<JobID>) -> [JobRow?] {
        rows.withLock { rows in rows.isEmpty ? jobs.map { _ in nil } : jobs.map { rows.removeValue(forKey: $0) } }
    }
}
