import RoostCore
import RoostTesting
import Synchronization

/// A store that tells the process's witness of every enqueue before it is sent and after it is answered, and that passes
/// crash points around the calls of a worker. It changes nothing.
final class WitnessStore: StoreLayer {
    let base: any JobStore
    private let calls = Atomic<Int>(0)
    private let staleAnswers = Atomic<Int>(0)

    /// How many ends were refused since their lease was lost.
    var stale: Int { staleAnswers.load(ordering: .relaxed) }

    init(_ base: any JobStore) {
        self.base = base
    }

    // MARK: Enqueuing

    @concurrent func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        let call = tell(ofCall: batch)
        CrashPoint.current.callBegins()
        defer { CrashPoint.current.callEnds() }
        do throws(StoreError) {
            let answer = try await base.enqueue(batch)
            let duplicates = zip(batch.jobs, answer.items).compactMap { job, item in
                if case .duplicate(let holder) = item {
                    return HistoryEvent.EnqueueReply.Duplicate(job: job.id, holder: holder)
                }
                return nil
            }
            tell(ofReply: .ok, to: call, duplicates)
            return answer
        } catch {
            tell(ofReply: error.tellsNothingWasStored ? .refused : .unknown, to: call)
            throw error
        }
    }

    private func tell(ofCall batch: EnqueueBatch) -> Int {
        let call = calls.wrappingAdd(1, ordering: .relaxed).newValue
        let event = HistoryEvent.EnqueueCall(
            client: "\(System.process)",
            call: call,
            at: System.uptime,
            jobs: batch.jobs.map { .init(id: $0.id, kind: $0.kind, unique: $0.unique?.key) },
            edges: batch.edges.map { .init(parent: $0.parent, child: $0.child, condition: $0.condition) }
        )
        Witness.current.tell(.call(event))
        return call
    }

    private func tell(
        ofReply answer: HistoryEvent.EnqueueReply.Answer,
        to call: Int,
        _ duplicates: [HistoryEvent.EnqueueReply.Duplicate] = []
    ) {
        let reply = HistoryEvent.EnqueueReply(
            client: "\(System.process)",
            call: call,
            at: System.uptime,
            answer: answer,
            duplicates: duplicates
        )
        Witness.current.tell(.reply(reply))
    }

    // MARK: Acting

    @concurrent func perform(_ request: ActionRequest) async throws(StoreError) -> ActionAnswer {
        Witness.current.tell(AskedAction(request.action), as: request.id)
        CrashPoint.current.callBegins()
        defer { CrashPoint.current.callEnds() }
        return try await base.perform(request)
    }

    // MARK: Working

    @concurrent func register(_ worker: WorkerRegistration) async throws(StoreError) -> WorkerID {
        let id = try await base.register(worker)
        Witness.current.isWorker(id.number)
        return id
    }

    @concurrent func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        let isReleasing = request.settle.contains { $0.end == .released }
        let isSettling = request.settle.contains { $0.startedAt != nil }
        if isSettling { CrashPoint.current.reached("before-settle", isBetweenCalls: true) }
        if isReleasing { CrashPoint.current.reached("before-give-back") }
        // What jobs add at their success is a call of its own, answered by what becomes of the settle.
        let added = request.settle.map { item in item.added.map { (tell(ofCall: $0)) } }
        let answer: ExchangeAnswer
        CrashPoint.current.callBegins()
        defer { CrashPoint.current.callEnds() }
        do throws(StoreError) {
            answer = try await base.exchange(request)
        } catch {
            for case let call? in added { tell(ofReply: error.tellsNothingWasStored ? .refused : .unknown, to: call) }
            throw error
        }
        let otherwise = Set(answer.changes.lazy.filter { $0.from == .running }.map(\.job))
        for (index, result) in answer.settled.enumerated() {
            if result == .stale { staleAnswers.wrappingAdd(1, ordering: .relaxed) }
            guard let call = added[index] else { continue }
            let isStored = result != .stale && !otherwise.contains(request.settle[index].job)
            tell(ofReply: isStored ? .ok : .refused, to: call)
        }
        if isSettling { CrashPoint.current.reached("after-settle") }
        if isReleasing { CrashPoint.current.reached("after-give-back") }
        if let claim = answer.claim, !claim.jobs.isEmpty { CrashPoint.current.reached("after-claim") }
        return answer
    }

    @concurrent func pass<Answer: Sendable>(
        _ call: StoreCall,
        _ body: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        switch call {
        case .retire:
            CrashPoint.current.reached("before-retire")
            return try await body()
        case .extend, .reclaim, .advance:
            CrashPoint.current.callBegins()
            defer { CrashPoint.current.callEnds() }
            return try await body()
        default: return try await body()
        }
    }
}

extension StoreError {
    /// Whether the store says for certain that nothing of the call was stored. The checker holds it to that.
    fileprivate var tellsNothingWasStored: Bool {
        switch code {
        case .rejected, .full, .busy, .readOnly, .closed: true
        case .unavailable, .corrupt, .foreign, .newerSchema, .broken: false
        }
    }
}
