package import RoostCore
import Synchronization

/// What lies between one process and its store, where things go wrong: calls fail before they are made, replies get lost,
/// both take long, wake-ups do not come. Also the witness of what its process asked for and was told.
package final class FaultLayer: StoreLayer {
    private struct State {
        var plan: FaultPlan
        /// Until when every call fails, as uptime.
        var outage: Duration = .zero
        var isClosed = false
        var calls = 0
        /// Whether the store confirmed that the worker took its leave.
        var hasRetired = false
        /// What was last enqueued.
        var batch: EnqueueBatch?
        /// The leases of jobs that were claimed only to be ended.
        var swept: Set<LeaseToken> = []
    }

    package let name = "simulated"
    package var time: any TimeSource { executor }
    package let base: any JobStore
    package let exchangesAtOnce: Int
    private let process: SimulatedProcess
    private let random: SimulationRandom
    private let lease: Duration
    private let state: Mutex<State>
    private let hub = ChangeHub()

    private var executor: SimulationExecutor { process.executor }

    /// - Parameter lease: how long leases last, to go beyond it.
    init(
        _ base: any JobStore,
        process: SimulatedProcess,
        plan: FaultPlan,
        lease: Duration,
        exchangesAtOnce: Int,
        random: SimulationRandom
    ) {
        self.base = base
        self.exchangesAtOnce = exchangesAtOnce
        self.process = process
        self.random = random
        self.lease = lease
        self.state = Mutex(State(plan: plan))
    }

    var plan: FaultPlan {
        get { state.withLock { $0.plan } }
        set { state.withLock { $0.plan = newValue } }
    }

    /// Has every call fail for `duration`.
    func breakDown(for duration: Duration) {
        let end = executor.uptime + duration
        state.withLock { $0.outage = end }
    }

    func mend() {
        state.withLock { state in
            state.plan = .none
            state.outage = .zero
        }
    }

    /// Has every call fail for good, so that whoever makes some comes to an end.
    func shut() {
        state.withLock { $0.isClosed = true }
        hub.finish()
    }

    /// Whether the store confirmed that the process's worker took its leave.
    var hasRetired: Bool { state.withLock { $0.hasRetired } }

    // MARK: Faults

    package func pass<Answer: Sendable>(
        _ call: StoreCall,
        _ body: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        switch call {
        case .reclaim, .advance, .counts, .prune: try await send(keepsHouse: true, body)
        default: try await send(body)
        }
    }

    /// - Parameter keepsHouse: whether it is one of the calls that every worker makes for all. It does not take long: when
    ///   leases are taken back and children released is promised (5, 9), which no worker can keep on a store that sleeps.
    private func send<Answer: Sendable>(
        keepsHouse: Bool = false,
        _ body: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        await delay(isShort: keepsHouse)
        try checkOutage()
        if random.oneIn(plan.error) { throw StoreError(random.oneIn(2) ? .unavailable : .busy, "no connection") }
        let answer = try await body()
        await delay(isShort: keepsHouse)
        try checkOutage()
        if random.oneIn(plan.lostReply) { throw StoreError(.unavailable, "the connection was lost") }
        return answer
    }

    private func checkOutage() throws(StoreError) {
        let (isClosed, outage) = state.withLock { ($0.isClosed, $0.outage) }
        if isClosed { throw StoreError(.closed, "the simulation is over") }
        if executor.uptime < outage { throw StoreError(.unavailable, "the store is down") }
    }

    private func delay(isShort: Bool = false) async {
        let plan = plan
        var duration: Duration?
        if !isShort, random.oneIn(plan.longDelay) {
            duration = random.duration(in: lease / 2..<lease * 2)
        } else if random.oneIn(plan.delay) {
            duration = random.duration(in: .zero ..< .milliseconds(50))
        }
        guard let duration else { return await Task.yield() }
        do {
            try await executor.sleep(until: executor.uptime + duration)
        } catch {
            // The caller was cancelled, and the call is over the sooner.
        }
    }

    // MARK: Calls that the history tells of

    package func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        state.withLock { $0.batch = batch }
        let number = noteCall(batch)
        do throws(StoreError) {
            let answer = try await pass(.enqueue) { () async throws(StoreError) in try await base.enqueue(batch) }
            reply(number, .ok, answer.duplicates(in: batch))
            return answer
        } catch {
            reply(number, error.isTransient ? .unknown : .refused)
            throw error
        }
    }

    private func noteCall(_ batch: EnqueueBatch) -> Int {
        let number = state.withLock { state in
            state.calls += 1
            return state.calls
        }
        let at = process.recorder.at
        process.recorder.note(.call(.init(batch, client: "\(process.number)", call: number, at: at)))
        return number
    }

    /// Sends the last batch again, as a client may that does not know what became of it.
    func enqueueAgain() async {
        guard let batch = state.withLock({ $0.batch }) else { return }
        // A store knows a job while its retention lasts: one that has come and gone meanwhile would come again.
        guard batch.jobs.allSatisfy({ $0.retention >= .hours(1) }) else { return }
        do {
            _ = try await enqueue(batch)
        } catch {
            // The history has it that the fate is unknown.
        }
    }

    private func reply(
        _ number: Int,
        _ answer: HistoryEvent.EnqueueReply.Answer,
        _ duplicates: [HistoryEvent.EnqueueReply.Duplicate] = []
    ) {
        process.recorder.note(
            .reply(
                .init(
                    client: "\(process.number)",
                    call: number,
                    at: process.recorder.at,
                    answer: answer,
                    duplicates: duplicates
                )
            )
        )
    }

    package func register(_ worker: WorkerRegistration) async throws(StoreError) -> WorkerID {
        // All processes of a simulation are in one.
        var worker = worker
        worker.process = process.number
        let registration = worker
        let id = try await pass(.register) { () async throws(StoreError) in try await base.register(registration) }
        process.worker = id
        return id
    }

    // MARK: Other calls

    package func retire(_ worker: WorkerID) async throws(StoreError) -> [JobChange] {
        let changes = try await pass(.retire) { () async throws(StoreError) in try await base.retire(worker) }
        state.withLock { $0.hasRetired = true }
        return changes
    }

    package func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        // What jobs added is enqueued by their settles; its client never hears of it.
        for batch in request.settle.compactMap(\.added) { _ = noteCall(batch) }
        let sweeps = request.claim?.source == .endedOnly
        var answer = try await send(keepsHouse: sweeps || settlesSwept(request)) { () async throws(StoreError) in
            try await base.exchange(request)
        }
        // The worker is to be right whatever it is told of others.
        if exchangesAtOnce > 1 { answer.claim?.followsOther = random.oneIn(4) }
        if sweeps, let jobs = answer.claim?.jobs {
            state.withLock { $0.swept.formUnion(jobs.map(\.token)) }
        }
        return answer
    }

    /// Whether the request is a housekeeper's, to end what it claimed for that.
    private func settlesSwept(_ request: Exchange) -> Bool {
        request.claim == nil
            && state.withLock { state in request.settle.allSatisfy { state.swept.contains($0.token) } }
    }

    package func close() async {
        shut()
    }

    // MARK: Wake-ups

    package func changes(of topics: WakeTopics) -> StoreChanges {
        hub.subscribe(to: topics)
    }

    /// Passes on the store's wake-ups, but for those that get lost, until the store closes.
    func passWakeUpsOn() async {
        for await topics in base.changes(of: .all) {
            if state.withLock({ $0.isClosed }) { return }
            if random.oneIn(plan.lostWakeUp) { continue }
            await delay()
            hub.publish(topics)
        }
    }
}

extension HistoryEvent.EnqueueCall {
    init(_ batch: EnqueueBatch, client: String, call: Int, at: Int64) {
        self.init(
            client: client,
            call: call,
            at: at,
            jobs: batch.jobs.map { job in
                // Only a key that counts in every unfinished state says that there are never two.
                let isHeld =
                    job.unique.map { $0.period == nil && $0.states.isSuperset(of: JobState.unfinished) } ?? false
                return Job(id: job.id, kind: job.kind, unique: isHeld ? job.unique?.key : nil)
            },
            edges: batch.edges.map { Edge(parent: $0.parent, child: $0.child, condition: $0.condition) }
        )
    }
}

extension EnqueueAnswer {
    fileprivate func duplicates(in batch: EnqueueBatch) -> [HistoryEvent.EnqueueReply.Duplicate] {
        zip(batch.jobs, items).compactMap { job, item in
            if case .duplicate(let holder) = item { .init(job: job.id, holder: holder) } else { nil }
        }
    }
}
