/// Where jobs live: the contract between Roost and a database.
///
/// A store keeps jobs, their edges and their outcomes, and hands jobs out under leases. It knows nothing of Swift
/// types: arguments and outputs are bytes to it. Each call is one transaction; time is the store's own clock.
/// Any type that conforms and passes the conformance suite in RoostTesting is a store; its cases spell out what is
/// said here.
///
/// The rules (their numbers are used in the suite's test names):
///
/// 1. **Lanes.** Ready jobs stand in lanes, one for each queue and kind, by priority (higher first), then rank, then
///    the order in which they became ready. A claim merges the heads of the lanes it names: within one queue the
///    order is strict, and the queues are served in the order given. A paused lane is left out.
/// 2. **Position.** A job is given its place when it becomes ready, behind all of its priority and rank.
/// 3. **Leases.** Each claim call makes one lease with a new token, which all its jobs carry. A claim whose reply is
///    lost is never extended, and ends by itself.
/// 4. **Two counters.** `claims` rises at each claim and never falls. `attempt` counts ends that were charged: a job
///    that returned, threw or crashed. Giving a job back changes no counter but `claims`, and no history.
/// 5. **Verdicts.** A claim ends no job. It hands out what has expired, was revoked, is poison or cannot be read with that
///    verdict, and the worker settles it: every end has one path.
/// 6. **Bounded steps.** A settle resolves at most ``StoreLimits/edgesInline`` edges; the rest is left to ``advance()``,
///    by whichever worker comes first, in steps of that size.
/// 7. **Unknown fate.** Every call may be sent again when its reply was lost, but for a claim: an enqueue ignores ids
///    it has, a settle answers `already`, an action carries a request id.
/// 8. **Unique keys** are rows of their own, since a period may outlive its job.
/// 9. **Poison.** A job that crashed twice is handed out alone (`solo`), one such job a claim. Only a crash of a solo
///    run may set it aside.
/// 10. **Fairness.** Where writers of several processes share a file they take turns.
///
/// A child's edge is met or broken by how its parent ended: `success` is met by `succeeded`; `failure` by `failed` and
/// `expired`; `always` by any end. An edge that can no longer be met makes the child `skipped`.
public protocol JobStore: Sendable {
    /// What the store is called in logs: `sqlite:app.db`. No password.
    var name: String { get }

    /// The clocks of this store. Leases and due times are decided by them.
    var time: any TimeSource { get }

    // MARK: Producing

    /// Stores all jobs of `batch` with their edges, or none.
    ///
    /// A job whose id is there already is left as it is and answered `stored`, so that a batch may be sent twice; but one
    /// that has ended and whose retention is over is not known any more, and would run again.
    /// A job whose unique key is held is not stored, and answered with the holder; edges that name it mean the
    /// holder from then on, where it is a parent, and are dropped, where it is a child.
    ///
    /// - Throws: `StoreError`, with code `rejected` and the number of the job at fault where one is to blame.
    @concurrent func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer

    // MARK: Working

    /// Makes a worker known, so that people can see it and the store can notice its death.
    @concurrent func register(_ worker: WorkerRegistration) async throws(StoreError) -> WorkerID

    /// Gives back every job that `worker` still holds, uncharged, and forgets the worker.
    @concurrent func retire(_ worker: WorkerID) async throws(StoreError) -> [JobChange]

    /// Settles, then claims, in one transaction.
    ///
    /// So as not to keep others waiting a store may part a call of many jobs into several transactions, one after the
    /// other, each of which takes items whole and in order. It is as if several calls had been made: where one of them
    /// fails the call does, and the settle part is sent again.
    ///
    /// A claim first makes due jobs ready, up to ``StoreLimits/jobsAStep``: a worker that asks again when `nextDue` is
    /// over is given what was due.
    ///
    /// The settle part may be sent again if the reply was lost; the claim part must not be: what it claimed comes
    /// back when its lease ends.
    @concurrent func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer

    /// How many exchanges a worker may have on their way at once; 1 unless the store says otherwise.
    ///
    /// For a store that is asked by a network: the next calls travel while the store does those before. It is to be a
    /// constant. An answer may then come after that of a later call. A worker has fewer where others claim too
    /// (``Claim/followsOther``).
    var exchangesAtOnce: Int { get }

    /// Extends the leases `tokens` of `worker` to `lease` from now, marks the worker alive, and tells which leases it
    /// no longer has and which of its jobs are to be cancelled.
    @concurrent func extend(
        _ tokens: [LeaseToken],
        of worker: WorkerID,
        by lease: Duration
    ) async throws(StoreError) -> LeaseExtension

    /// Takes back the jobs of leases that have ended and of workers known to be dead; each is charged a crash.
    /// At most 1,000 jobs a call.
    @concurrent func reclaim() async throws(StoreError) -> Advance

    /// Does one bounded step of what is due: makes scheduled jobs ready, resolves edges that a settle left over,
    /// goes on with the cancel of a graph.
    @concurrent func advance() async throws(StoreError) -> Advance

    /// What the parents of `job` left behind, for edges that carry a value, by position from `position` on.
    @concurrent func inputs(
        of job: JobID,
        from position: Int32,
        limit: Int
    ) async throws(StoreError) -> [JobInputRecord]

    // MARK: Steering

    /// Does what an operator or a user asks of stored jobs. Who asked and why is in the failure of a job that it ends; a store may
    /// keep more.
    @concurrent func perform(_ request: ActionRequest) async throws(StoreError) -> ActionAnswer

    // MARK: Looking

    /// How the jobs ended, as far as they did and are still known; each in the place of its id.
    @concurrent func outcomes(of jobs: [JobID]) async throws(StoreError) -> [StoredOutcome?]

    /// The jobs as they stand, each in the place of its id; nil for one that is not known, or no longer.
    @concurrent func snapshots(of jobs: [JobID]) async throws(StoreError) -> [JobSnapshot?]

    /// The attempts of `job` that did not succeed, oldest first; at most the last 100.
    @concurrent func attempts(of job: JobID) async throws(StoreError) -> [AttemptRecord]

    /// The jobs that match `query`, by id.
    @concurrent func list(_ query: JobQuery) async throws(StoreError) -> [JobSnapshot]

    /// How many jobs stand in each state, by queue and kind.
    @concurrent func counts() async throws(StoreError) -> [LaneCounts]

    /// The workers that are known.
    @concurrent func workers() async throws(StoreError) -> [WorkerSnapshot]

    /// Wake-ups for the given topics, from now on, from this process and others.
    ///
    /// A change that is committed after `changes` returned, or after `next()` returned, makes the coming `next()` return:
    /// look at the store in between, and nothing is missed. One wake-up may stand for many changes, and one may come
    /// for no reason.
    func changes(of topics: WakeTopics) -> StoreChanges

    // MARK: Keeping house

    /// Deletes finished jobs whose retention is over and that no unfinished job needs as an input; at most
    /// 1,000 a call. Answers how many it deleted.
    @concurrent func prune() async throws(StoreError) -> Int

    /// Releases what the store holds. Calls that come later throw `StoreError` with code `closed`.
    @concurrent func close() async
}

extension JobStore {
    public var exchangesAtOnce: Int { 1 }

    /// Claims ready jobs: the claim part of ``exchange(_:)``.
    @concurrent public func claim(_ claim: ClaimRequest, for worker: WorkerID) async throws(StoreError) -> Claim {
        let answer = try await exchange(Exchange(worker: worker, claim: claim))
        guard let claim = answer.claim else {
            throw StoreError(.broken, "\(name) answered a claim without a claim")
        }
        return claim
    }

    /// Reports how jobs ended: the settle part of ``exchange(_:)``.
    @concurrent public func settle(
        _ items: [SettleItem],
        for worker: WorkerID
    ) async throws(StoreError) -> [SettleAnswer] {
        try await exchange(Exchange(worker: worker, settle: items)).settled
    }
}

/// Numbers that every store keeps to.
public enum StoreLimits {
    /// The edges that one call resolves (rule 6). Measured: 1,000 take about 2 ms of a writer's time on SQLite.
    public static let edgesInline = 1000
    /// The jobs that one call takes back, makes ready or deletes.
    public static let jobsAStep = 1000
    /// The crash from which on a job is handed out alone (rule 9).
    public static let crashesUntilSolo = 2
    /// How long a request id is remembered.
    public static let requestMemory: Duration = .seconds(120)
    /// How many attempts that did not succeed are kept of a job.
    public static let attemptsKept = 100
    /// How long a failed job is kept with its payload, at least.
    public static let deadLetterRetention: Duration = .days(30)
}
