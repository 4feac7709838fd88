package import RoostCore
import Synchronization

/// Passes every call on to a good store, but for the one thing it gets wrong: a suite that accepts it is worthless.
package final class FaultyStore: StoreLayer {
    package let name = "faulty"
    package let base: any JobStore
    private let fault: StoreFault
    private let tokens = Mutex<[JobID: LeaseToken]>([:])
    private let unsettled = Mutex<[SettleItem]>([])
    private let reclaimed = Mutex<Duration?>(nil)

    package init(_ base: any JobStore, fault: StoreFault) {
        self.base = base
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
            return try await base.enqueue(batch)
        }
        var items: [EnqueueAnswer.Item] = []
        for job in batch.jobs { items += try await base.enqueue(EnqueueBatch(jobs: [job])).items }
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
        var answer = try await base.exchange(request)
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
        case (.repeatActions, _): return try await base.perform(ActionRequest(request.action))
        default: return try await base.perform(request)
        }
    }

    package func extend(
        _ tokens: [LeaseToken],
        of worker: WorkerID,
        by lease: Duration
    ) async throws(StoreError) -> LeaseExtension {
        try await base.extend(fault == .neverExtend ? [] : tokens, of: worker, by: lease)
    }

    package func retire(_ worker: WorkerID) async throws(StoreError) -> [JobChange] {
        fault == .keepAtShutdown ? [] : try await base.retire(worker)
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
            for worker in try await base.workers() { _ = try await base.retire(worker.id) }
        }
        return try await base.reclaim()
    }

    package func list(_ query: JobQuery) async throws(StoreError) -> [JobSnapshot] {
        let page = try await base.list(query)
        return fault == .listBackwards ? page.reversed() : page
    }

    package func prune() async throws(StoreError) -> Int { fault == .pruneNothing ? 0 : try await base.prune() }

    package func changes(of topics: WakeTopics) -> StoreChanges { base.changes(of: fault == .neverWake ? [] : topics) }
}

extension SettleItem {
    fileprivate var failure: FailureRecord { FailureRecord(reason: .error, message: "") }
}
