@testable import RoostCore

/// A store for tests that need a queue and never call it.
struct UnusedStore: JobStore {
    private var error: StoreError { StoreError(.closed, "this store is not there to be used") }

    var name: String { "unused" }
    var time: any TimeSource { SystemTimeSource() }

    func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer { throw error }
    func register(_ worker: WorkerRegistration) async throws(StoreError) -> WorkerID { throw error }
    func retire(_ worker: WorkerID) async throws(StoreError) -> [JobChange] { throw error }
    func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer { throw error }
    func extend(
        _ tokens: [LeaseToken],
        of worker: WorkerID,
        by lease: Duration
    ) async throws(StoreError) -> LeaseExtension { throw error }
    func reclaim() async throws(StoreError) -> Advance { throw error }
    func advance() async throws(StoreError) -> Advance { throw error }
    func inputs(
        of job: JobID,
        from position: Int32,
        limit: Int
    ) async throws(StoreError) -> [JobInputRecord] { throw error }
    func perform(_ request: ActionRequest) async throws(StoreError) -> ActionAnswer { throw error }
    func outcomes(of jobs: [JobID]) async throws(StoreError) -> [StoredOutcome?] { throw error }
    func snapshots(of jobs: [JobID]) async throws(StoreError) -> [JobSnapshot?] { throw error }
    func attempts(of job: JobID) async throws(StoreError) -> [AttemptRecord] { throw error }
    func list(_ query: JobQuery) async throws(StoreError) -> [JobSnapshot] { throw error }
    func counts() async throws(StoreError) -> [LaneCounts] { throw error }
    func workers() async throws(StoreError) -> [WorkerSnapshot] { throw error }
    func changes(of topics: WakeTopics) -> StoreChanges { ChangeHub().subscribe(to: topics) }
    func prune() async throws(StoreError) -> Int { throw error }
    func close() async {}
}
