public import Logging

/// The client's side of a store: enqueues jobs, reads how they ended, cancels and inspects them.
///
/// ```swift
/// let queue = try await JobQueue(.sqlite("app.db"))
/// let handle = try await queue.enqueue($checkCommentSpam(commentID: 42))   // returns at once
/// let isSpam = try await handle.value(timeout: .seconds(5))                // Bool
/// ```
///
/// One is enough for a process; it may be used from anywhere at once.
public final class JobQueue: Sendable {
    /// Where the jobs live.
    public let store: any JobStore
    let logger: Logger
    let preparer: JobPreparer
    let hub: EventHub
    let waiter: OutcomeWaiter
    let surroundings: Surroundings
    private let awaitsHandlers: Bool

    /// A queue on a store that is open.
    ///
    /// - Parameters:
    ///   - store: where the jobs live.
    ///   - maxPayload: the most bytes that the arguments of one job may take: 16 MiB by default.
    ///   - logger: where the queue, and workers that are given none of their own, log.
    public convenience init(store: any JobStore, maxPayload: Int = 16 << 20, logger: Logger = Logger(label: "roost")) {
        self.init(store: store, maxPayload: maxPayload, logger: logger, awaitsHandlers: false)
    }

    /// - Parameter awaitsHandlers: whether a call returns only when the handlers of its events have: for tests.
    package init(
        store: any JobStore,
        maxPayload: Int = 16 << 20,
        logger: Logger,
        awaitsHandlers: Bool,
        surroundings: Surroundings = Surroundings()
    ) {
        self.store = store
        self.surroundings = surroundings
        self.awaitsHandlers = awaitsHandlers
        self.logger = logger
        self.preparer = JobPreparer(
            maxPayload: maxPayload,
            enqueuedBy: ProcessIdentity.current.description,
            ids: surroundings.ids
        )
        self.hub = EventHub(logger: logger, executor: surroundings.executor)
        self.waiter = OutcomeWaiter(store: store, logger: logger, executor: surroundings.executor)
    }

    deinit {
        waiter.leave()
    }

    /// Opens the store and makes a queue on it.
    ///
    /// - Throws: `StoreError` where it cannot be opened.
    public convenience init(
        _ provider: StoreProvider,
        maxPayload: Int = 16 << 20,
        logger: Logger = Logger(label: "roost")
    ) async throws {
        self.init(store: try await provider.makeStore(), maxPayload: maxPayload, logger: logger)
    }

    // MARK: Enqueuing

    /// Stores one job, to be run by a worker.
    ///
    /// - Returns: a handle of the job, or, where its unique key is held, of the job that holds it.
    /// - Throws: `InvalidJobOption`, `JobEncodingError` or `PayloadTooLarge`, if the job cannot be stored; `StoreError`, if
    ///   the store did not take it. Then nothing was enqueued, unless the error is one that may pass
    ///   (`StoreError.isTransient`): the store may have taken the job, and its answer was lost.
    @discardableResult
    public func enqueue<Request: Enqueueable>(
        _ request: Request
    ) async throws -> JobHandle<Request.Work.Output> {
        let handles = try await enqueue([request])
        return handles[0]
    }

    /// Stores many jobs in one call of the store: all of them or, if one cannot be stored, none.
    ///
    /// - Returns: a handle of each job, in order.
    /// - Throws: as `enqueue` of one job does.
    @discardableResult
    public func enqueue<Request: Enqueueable>(
        _ requests: [Request]
    ) async throws -> [JobHandle<Request.Work.Output>] {
        guard !requests.isEmpty else { return [] }
        let facts = JobTypeFacts<Request.Work>()
        let jobs = try requests.map { try preparer.newJob(for: $0.request, facts: facts) }
        return handles(for: try await enqueue(EnqueueBatch(jobs: jobs)), of: Request.Work.self)
    }

    /// Stores a graph of jobs in one call of the store.
    ///
    /// - Returns: a handle of each stage, typed.
    @discardableResult
    public func enqueue<Graph: JobGraph>(_ graph: Graph) async throws -> Graph.Handles {
        let plan = try graph.plan(using: preparer)
        let ids = try await enqueue(plan.batch)
        return try plan.handles(self, ids)
    }

    /// Stores a batch as it is, and tells of it.
    ///
    /// - Returns: the id under which each job is found: its own, or that of the holder of its unique key.
    func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> [JobID] {
        let answer = try await told { () async throws(StoreError) in
            let answer = try await self.store.enqueue(batch)
            return (answer, self.events(of: batch, answer))
        }
        return try ids(of: batch, in: answer)
    }

    private func events(of batch: EnqueueBatch, _ answer: EnqueueAnswer) -> [any JobEvent] {
        guard !hub.isIdle else { return [] }
        var events: [any JobEvent] = []
        for (job, item) in zip(batch.jobs, answer.items) where item == .stored {
            events.append(JobEnqueued(job: JobReference(id: job.id, kind: job.kind, queue: job.queue)))
        }
        return events + answer.changes.map(\.event)
    }

    /// Makes a call of the store and tells of what it did, before anything that a worker does on account of it.
    private func told<Answer: Sendable>(
        _ call: () async throws(StoreError) -> (Answer, [any JobEvent])
    ) async throws(StoreError) -> Answer {
        let place = hub.hold()
        let answer: Answer
        do throws(StoreError) {
            let (made, events) = try await call()
            hub.fill(place, with: events)
            answer = made
        } catch {
            hub.fill(place, with: [])
            throw error
        }
        await handlersAreDone()
        return answer
    }

    /// Returns once the handlers of what was fired have, where calls are to wait for them.
    package func handlersAreDone() async {
        // Within a job an outer call may hold a place in line.
        if awaitsHandlers, JobContext.current == nil { await hub.flush() }
    }

    // MARK: Finding

    /// A handle of a job that was enqueued anywhere, by its id.
    ///
    /// - Parameters:
    ///   - id: the job's id.
    ///   - type: the job's type, which decides the type of its output.
    public func handle<Work: Job>(for id: JobID, of type: Work.Type) -> JobHandle<Work.Output> {
        JobHandle(id: id, of: type, in: self)
    }

    /// The job as it stands; nil if it is not known, or no longer.
    public func job(_ id: JobID) async throws(StoreError) -> JobSnapshot? {
        try await store.snapshots(of: [id]).first ?? nil
    }

    /// How many jobs stand in each state, by queue and kind.
    public func counts() async throws(StoreError) -> [LaneCounts] {
        try await store.counts()
    }

    // MARK: Steering

    /// Ends every job of the graph that `job` belongs to, those that run by cancelling them.
    ///
    /// - Returns: whether there was anything to cancel.
    @discardableResult
    public func cancelGraph(of job: JobID, why: String = "") async throws(StoreError) -> Bool {
        guard let snapshot = try await self.job(job) else { return false }
        let answer = try await perform(snapshot.graph.map { .cancelGraph($0) } ?? .cancel(job), why: why)
        return answer.result == .done || answer.result == .requested
    }

    /// Does what `action` says, once, with who and why on record.
    @discardableResult
    public func perform(_ action: StoreAction, why: String = "") async throws(StoreError) -> ActionAnswer {
        let by = ProcessIdentity.current.description
        let request = ActionRequest(action, id: surroundings.ids.next(), by: by, why: why)
        var answer = try await told { () async throws(StoreError) in
            let answer = try await self.store.perform(request)
            return (answer, answer.changes.map(\.event))
        }
        // A cancel of a large graph goes on in steps, also without a worker.
        var hasMore = answer.hasMore
        while hasMore {
            let step = try await store.advance()
            hub.fire(step.changes.map(\.event))
            answer.changes += step.changes
            hasMore = step.hasMore
        }
        return answer
    }

    // MARK: Events

    /// Calls `handler` for each event of a type that happens in this process, after the store has it.
    ///
    /// Handlers are called one at a time, in the order of the events, in a task of their own: nothing waits for them. One
    /// that throws is logged and disturbs no other.
    @discardableResult
    public func on<Event: JobEvent>(
        _ type: Event.Type,
        _ handler: @escaping @Sendable (Event) async throws -> Void
    ) -> EventSubscription {
        hub.on(type, handler)
    }

    /// The events of one type that happen in this process from now on.
    public func events<Event: JobEvent>(of type: Event.Type) -> AsyncStream<Event> {
        hub.events { $0 as? Event }
    }

    /// All events that happen in this process from now on.
    public var events: AsyncStream<any JobEvent> {
        hub.events { $0 }
    }

    /// Releases the store. Handles of the queue throw from then on.
    public func close() async {
        await store.close()
    }
}
