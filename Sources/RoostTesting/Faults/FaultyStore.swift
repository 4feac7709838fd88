package import RoostCore
import Synchronization

/// Passes every call on to a good store, but for the one thing it gets wrong: a suite that accepts it is worthless.
package final class FaultyStore: JobStore {
    package let name = "faulty"
    package var time: any TimeSource { good.time }
    private let good: any JobStore
    private let fault: StoreFault
    private let tokens = Mutex<[JobID: LeaseToken]>([:])
    private let unsettled = Mutex<[SettleItem]>([])
    private let reclaimed = Mutex<Duration?>(nil)

    package init(_ good: any JobStore, fault: StoreFault) {
        self.good = good
        self.fault = fault
    }

    package func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        var batch = batch
        if fault == .dropEdges { batch.edges = [] }
        if fault == .treatFailureAsSuccess {
            for index in batch.edges.indices where batch.edges[index].condition == .success {
                batch.edges[index].condition = .always
            }
        }
        for index in batch.jobs.indices {
            switch fault {
            case .forgetPriority: batch.jobs[index].priority = 0
            case .ignoreUniqueKeys: batch.jobs[index].unique = nil
            case .ignoreExpiry: batch.jobs[index].expiry = nil
            case .losePayload: batch.jobs[index].payload = Payload()
            default: break
            }
        }
        guard fault == .enqueueHalf, batch.jobs.count > 1, batch.edges.isEmpty else {
            return try await good.enqueue(batch)
        }
        var items: [EnqueueAnswer.Item] = []
        for job in batch.jobs { items += try await good.enqueue(EnqueueBatch(jobs: [job])).items }
        return EnqueueAnswer(items: items)
    }

    package func exchange(_ asked: Exchange) async throws(StoreError) -> ExchangeAnswer {
        var request = asked
        for index in request.settle.indices {
            let item = request.settle[index]
            if fault == .neverCharge { request.settle[index].startedAt = nil }
            if fault == .ignoreTokens, let token = tokens.withLock({ $0[item.job] }) {
                request.settle[index].token = token
            }
            if fault == .loseGiveBack, item.end == .released {
                request.settle[index].end = .retry(after: .days(1000), item.failure, usesRetry: false)
                request.settle[index].startedAt = nil
            }
        }
        if fault == .serveUnknownKinds, case .lanes(let queues, let kinds) = request.claim?.source, !kinds.isEmpty {
            request.claim?.source = .lanes(queues: queues, kinds: kinds + ["unknown"])
        }
        if fault == .keepAtShutdown { request.settle.removeAll { $0.end == .released } }
        if fault == .answerEarly {
            let late = unsettled.withLock { unsettled in
                defer { unsettled = asked.settle }
                return unsettled
            }
            request.settle = late
        }
        var answer = try await good.exchange(request)
        if fault == .keepAtShutdown || fault == .answerEarly {
            answer.settled = asked.settle.map { _ in .applied }
        }
        if fault == .answerStaleForAlready { answer.settled = answer.settled.map { $0 == .already ? .stale : $0 } }
        if fault == .neverSolo, let jobs = answer.claim?.jobs {
            answer.claim?.jobs = jobs.map { job in
                var job = job
                job.isSolo = false
                return job
            }
        }
        for job in answer.claim?.jobs ?? [] { tokens.withLock { $0[job.id] = job.token } }
        return answer
    }

    package func perform(_ request: ActionRequest) async throws(StoreError) -> ActionAnswer {
        switch (fault, request.action) {
        case (.ignorePauses, .pause), (.forgetRevocations, .revoke): return ActionAnswer(.done)
        case (.repeatActions, _): return try await good.perform(ActionRequest(request.action))
        default: return try await good.perform(request)
        }
    }

    package func extend(
        _ tokens: [LeaseToken],
        of worker: WorkerID,
        by lease: Duration
    ) async throws(StoreError) -> LeaseExtension {
        try await good.extend(fault == .neverExtend ? [] : tokens, of: worker, by: lease)
    }

    package func reclaim() async throws(StoreError) -> Advance {
        if fault == .neverReclaim { return Advance() }
        if fault == .reclaimLate {
            let uptime = time.uptime
            let isDue = reclaimed.withLock { last in
                if let last, uptime < last + .minutes(2) { return false }
                defer { last = uptime }
                return last != nil
            }
            if !isDue { return Advance() }
        }
        if fault == .reclaimTooEarly {
            for worker in try await good.workers() { _ = try await good.retire(worker.id) }
        }
        return try await good.reclaim()
    }

    package func list(_ query: JobQuery) async throws(StoreError) -> [JobSnapshot] {
        let page = try await good.list(query)
        return fault == .listBackwards ? page.reversed() : page
    }

    package func prune() async throws(StoreError) -> Int { fault == .pruneNothing ? 0 : try await good.prune() }

    package func changes(of topics: WakeTopics) -> StoreChanges { good.changes(of: fault == .neverWake ? [] : topics) }

    // MARK: Without faults

    package func register(_ worker: WorkerRegistration) async throws(StoreError) -> WorkerID {
        try await good.register(worker)
    }

    package func retire(_ worker: WorkerID) async throws(StoreError) -> [JobChange] {
        fault == .keepAtShutdown ? [] : try await good.retire(worker)
    }

    package func advance() async throws(StoreError) -> Advance { try await good.advance() }

    package func inputs(of job: JobID, from position: Int32, limit: Int) async throws(StoreError) -> [JobInputRecord] {
        try await good.inputs(of: job, from: position, limit: limit)
    }

    package func outcomes(of jobs: [JobID]) async throws(StoreError) -> [StoredOutcome?] {
        try await good.outcomes(of: jobs)
    }

    package func snapshots(of jobs: [JobID]) async throws(StoreError) -> [JobSnapshot?] {
        try await good.snapshots(of: jobs)
    }

    package func attempts(of job: JobID) async throws(StoreError) -> [AttemptRecord] {
        try await good.attempts(of: job)
    }

    package func counts() async throws(StoreError) -> [LaneCounts] { try await good.counts() }

    package func workers() async throws(StoreError) -> [WorkerSnapshot] { try await good.workers() }

    package func close() async { await good.close() }
}

extension SettleItem {
    fileprivate var failure: FailureRecord { FailureRecord(reason: .error, message: "") }
}
