import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a case works with: a store, its time, a worker, and the steps that most cases take.
struct StoreBench: Sendable {
    let store: any JobStore
    let time: TestTimeSource
    let worker: WorkerID
    let reopen: (@Sendable (any JobStore, TestTimeSource) async throws -> any JobStore)?

    // MARK: Expectations

    func expect(
        _ condition: Bool,
        _ message: @autoclosure () -> String,
        fileID: String = #fileID,
        line: Int = #line
    ) throws {
        guard condition else { throw ConformanceFailure(message: message(), fileID: fileID, line: line) }
    }

    func expect<Value: Equatable>(
        _ value: Value,
        is expected: Value,
        _ what: String = "",
        fileID: String = #fileID,
        line: Int = #line
    ) throws {
        try expect(
            value == expected,
            "\(what.isEmpty ? "" : "\(what): ")\(value), expected \(expected)",
            fileID: fileID,
            line: line
        )
    }

    func require<Value>(
        _ value: Value?,
        _ what: String,
        fileID: String = #fileID,
        line: Int = #line
    ) throws -> Value {
        guard let value else { throw ConformanceFailure(message: "there is no \(what)", fileID: fileID, line: line) }
        return value
    }

    func expectError(
        _ code: StoreError.Code,
        item: Int? = nil,
        fileID: String = #fileID,
        line: Int = #line,
        _ body: () async throws -> Void
    ) async throws {
        do {
            try await body()
        } catch let error as StoreError {
            try expect(error.code, is: code, "the error's code", fileID: fileID, line: line)
            if let item { try expect(error.item, is: item, "the item at fault", fileID: fileID, line: line) }
            return
        }
        throw ConformanceFailure(message: "no error where \(code) was expected", fileID: fileID, line: line)
    }

    // MARK: Producing

    @discardableResult
    func add(_ jobs: [NewJob], edges: [NewEdge] = []) async throws -> EnqueueAnswer {
        try await store.enqueue(EnqueueBatch(jobs: jobs, edges: edges))
    }

    @discardableResult
    func add(_ job: NewJob = NewJob(kind: "work")) async throws -> JobID {
        let answer = try await add([job])
        try expect(answer.items, is: [.stored])
        return job.id
    }

    /// `count` plain jobs, enqueued in one batch.
    func addMany(_ count: Int, kind: String = "work") async throws -> [JobID] {
        let jobs = (0..<count).map { _ in NewJob(kind: kind) }
        try await add(jobs)
        return jobs.map(\.id)
    }

    // MARK: Working

    func claim(
        _ limit: Int = 100,
        queues: [String] = ["default"],
        kinds: [String] = ["work"],
        lease: Duration = .seconds(30),
        allowsSolo: Bool = true,
        as other: WorkerID? = nil
    ) async throws -> Claim {
        let request = ClaimRequest(queues: queues, kinds: kinds, limit: limit, lease: lease, allowsSolo: allowsSolo)
        return try await store.claim(request, for: other ?? worker)
    }

    /// Claims one job, which must be there; `id`, where it is given.
    func take(
        _ id: JobID? = nil,
        kinds: [String] = ["work"],
        fileID: String = #fileID,
        line: Int = #line
    ) async throws -> ClaimedJob {
        let job = try require(try await claim(1, kinds: kinds).jobs.first, "ready job", fileID: fileID, line: line)
        if let id { try expect(job.id, is: id, "the job claimed", fileID: fileID, line: line) }
        return job
    }

    @discardableResult
    func settle(
        _ job: ClaimedJob,
        _ end: JobEnd = .succeeded(output: nil),
        started: Bool = true
    ) async throws
        -> SettleAnswer
    {
        let item = SettleItem(job: job.id, token: job.token, end: end, startedAt: started ? time.now : nil)
        return try require(try await store.settle([item], for: worker).first, "answer to a settle")
    }

    /// Claims a job, which must be the next, and settles it.
    func run(
        _ id: JobID,
        _ end: JobEnd = .succeeded(output: nil),
        fileID: String = #fileID,
        line: Int = #line
    ) async throws {
        let job = try await take(id, fileID: fileID, line: line)
        try expect(try await settle(job, end), is: .applied, "the settle", fileID: fileID, line: line)
    }

    /// Lets the lease of a job that was just claimed end, and takes it back.
    func crash() async throws {
        time.advance(by: .seconds(31))
        _ = try await store.reclaim()
    }

    /// Lets time pass, and everything that is due by then happen.
    func pass(_ duration: Duration) async throws {
        time.advance(by: duration)
        try await advance()
    }

    @discardableResult
    func advance() async throws -> [JobChange] {
        var changes: [JobChange] = []
        for _ in 0..<10_000 {
            let step = try await store.advance()
            changes += step.changes
            if !step.hasMore { return changes }
        }
        throw ConformanceFailure(message: "advance() always says there is more", fileID: #fileID, line: #line)
    }

    // MARK: Steering

    @discardableResult
    func perform(_ action: StoreAction, id: JobID = JobID()) async throws -> ActionAnswer.Result {
        try await store.perform(ActionRequest(action, id: id, by: "suite", why: "a test")).result
    }

    // MARK: Looking

    func job(_ id: JobID, fileID: String = #fileID, line: Int = #line) async throws -> JobSnapshot {
        try require(try await store.snapshots(of: [id]).first ?? nil, "job \(id)", fileID: fileID, line: line)
    }

    func expect(_ id: JobID, _ state: JobState, fileID: String = #fileID, line: Int = #line) async throws {
        let job = try await job(id, fileID: fileID, line: line)
        try expect(job.state, is: state, "the state of the job", fileID: fileID, line: line)
    }

    func outcome(_ id: JobID) async throws -> StoredOutcome? {
        try await store.outcomes(of: [id]).first ?? nil
    }

    func expectNothingReady(
        kinds: [String] = ["work"],
        fileID: String = #fileID,
        line: Int = #line
    ) async throws {
        let claim = try await claim(kinds: kinds)
        try expect(claim.jobs.map(\.id), is: [], "the jobs claimed", fileID: fileID, line: line)
    }

    /// The next wake-up, or nil if none comes for two seconds of real time.
    func wake(_ changes: StoreChanges) async -> WakeTopics? {
        await withTaskGroup(of: WakeTopics?.self) { group in
            group.addTask { await changes.next() }
            group.addTask {
                try? await Task.sleep(for: .seconds(2))
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}

extension FailureRecord {
    /// A failure as a worker reports it.
    static let test = FailureRecord(reason: .error, errorType: "Suite.Error", message: "it broke", stack: "0 main")
}

extension JobEnd {
    static let failed = JobEnd.failed(.test)
    static let cancelled = JobEnd.cancelled(FailureRecord(reason: .cancelled, message: "as asked"))

    static func retry(after delay: Duration = .zero, usesRetry: Bool = true) -> JobEnd {
        .retry(after: delay, .test, usesRetry: usesRetry)
    }

    static func output(_ text: String) -> JobEnd { .succeeded(output: Data(text.utf8)) }
}

extension NewEdge {
    /// An edge at position 0.
    static func from(
        _ parent: NewJob,
        to child: NewJob,
        _ condition: EdgeCondition = .success,
        at position: Int32 = 0,
        value: Bool = false
    ) -> NewEdge {
        NewEdge(parent: parent.id, child: child.id, condition: condition, position: position, carriesValue: value)
    }
}
