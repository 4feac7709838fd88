import Foundation
import RoostCore
import RoostTesting

/// One call after the other, of every sort that a user or an operator makes.
struct MixedLoad: Sendable {
    let queue: JobQueue
    /// The only sort of call to make, if there is one.
    var only: Step?
    /// Whether to leave out what a store keeps for long.
    var isPassing = false

    enum Step: String, CaseIterable {
        case single, batch, burst, flaky, broken, delayed, unique, chain, chord, uncertainChord, handler, parent,
            expired
        case undecodable, cancelled, cancelledWhileItRuns, cancelledGraph, retry, delete, slow

        /// How often it comes, against the others.
        fileprivate var weight: Int {
            switch self {
            case .single: 20
            case .batch: 8
            case .burst: 2
            case .flaky, .delayed, .unique, .chain: 6
            case .chord, .uncertainChord, .handler, .parent, .broken, .cancelled, .expired: 4
            case .cancelledWhileItRuns, .cancelledGraph, .retry, .delete: 3
            case .undecodable: 2
            case .slow: 0
            }
        }
    }

    private static let deck: [Step] = Step.allCases.flatMap { Array(repeating: $0, count: $0.weight) }

    /// Nothing that is kept for long by design: a failed job stays for 30 days, the audit of an action for a year.
    private static let passingDeck: [Step] = deck.filter {
        [.single, .batch, .burst, .flaky, .delayed, .unique, .chain, .chord, .parent, .expired].contains($0)
    }

    /// Makes one call, or one with what belongs to it.
    ///
    /// - Returns: jobs that may be waited for.
    func step(_ random: inout SeededRandom) async throws -> [JobID] {
        let number = Int.random(in: 0..<1000, using: &random)
        let deck = isPassing ? Self.passingDeck : Self.deck
        let step = only ?? deck[Int.random(in: 0..<deck.count, using: &random)]
        switch step {
        case .single:
            return [try await queue.enqueue(Plain(number: number, microseconds: number * 100)).id]
        case .batch:
            let count = Int.random(in: 2...40, using: &random)
            return try await queue.enqueue((0..<count).map { Plain(number: $0, microseconds: 20_000) }).map(\.id)
        case .burst:
            // So short that they are settled many at a time.
            return try await queue.enqueue((0..<150).map { Plain(number: $0) }).map(\.id)
        case .flaky:
            return [try await queue.enqueue(Flaky(failures: number % 4)).id]
        case .broken:
            return [try await queue.enqueue(Broken()).id]
        case .delayed:
            return [try await queue.enqueue(Plain(number: number).delayed(by: .milliseconds(number))).id]
        case .unique:
            let job = Slow(milliseconds: 50).unique(by: "key-\(number % 5)")
            return [try await queue.enqueue(job).id]
        case .chain, .chord, .uncertainChord, .handler:
            return try await graph(step, number)
        case .parent:
            return [try await queue.enqueue(Parent(number: number)).id]
        case .expired:
            return [try await queue.enqueue(Plain(number: number).expires(after: .milliseconds(number % 30))).id]
        case .undecodable:
            let payload = Data(#"{"number":"not a number"}"#.utf8)
            let job = try await queue.submit(kind: Plain.kind, arguments: payload, options: Plain.options)
            return [job.id]
        case .slow:
            return try await queue.enqueue((0..<12).map { _ in Slow(milliseconds: 600).priority(10) }).map(\.id)
        case .cancelled, .cancelledWhileItRuns, .cancelledGraph, .retry, .delete:
            return try await act(step, number, &random)
        }
    }

    private func graph(_ step: Step, _ number: Int) async throws -> [JobID] {
        switch step {
        case .chain:
            let chain = Add(left: number, right: 1).then { Add.with($0, 2) }.then { Add.with($0, 3) }
                .followed(by: Plain(number: 4))
            let handles = try await queue.enqueue(chain)
            return [handles.0.id, handles.3.id]
        case .chord:
            let members = group((0...(number % 20)).map { Add(left: $0, right: 1) })
            let handles = try await queue.enqueue(members.then { Gather.with($0) })
            return [handles.1.id]
        case .uncertainChord:
            // Its members succeed, fail for good, or are cancelled by others.
            let members = group((0...(number % 8)).map { Flaky(failures: $0).retries(3) })
            let handles = try await queue.enqueue(members.thenOutcomes { Report.with($0) })
            return [handles.1.id]
        default:
            let chain = Broken().retries(0).onFailure { Alert.with($0) }.followed(by: Plain(number: number))
            let handles = try await queue.enqueue(chain)
            return [handles.1.id, handles.2.id]
        }
    }

    private func act(_ step: Step, _ number: Int, _ random: inout SeededRandom) async throws -> [JobID] {
        switch step {
        case .cancelled:
            let handle = try await queue.enqueue(Slow(milliseconds: 100).delayed(by: .milliseconds(number % 40)))
            try await cancel(handle.id)
            return [handle.id]
        case .cancelledWhileItRuns:
            let handle = try await queue.enqueue(Slow(milliseconds: 3000).priority(5))
            try await Task.sleep(for: .milliseconds(number % 100))
            try await cancel(handle.id)
            return [handle.id]
        case .cancelledGraph:
            let handles = try await queue.enqueue(
                Slow(milliseconds: 500).followed(by: Plain(number: number)).followed(by: Plain(number: number))
            )
            try await queue.cancelGraph(of: handles.0.id, why: "the test wants it")
            return [handles.2.id]
        case .retry:
            guard let job = try await someJob([.failed, .cancelled, .expired, .skipped], &random) else { return [] }
            try await queue.perform(.retry(job), why: "the test wants it")
            return [job]
        default:
            guard let job = try await someJob(JobState.finished, &random) else { return [] }
            try await queue.perform(.delete(job), why: "the test wants it")
            return []
        }
    }

    private func cancel(_ job: JobID) async throws {
        try await queue.perform(.cancel(job), why: "the test wants it")
    }

    private func someJob(_ states: Set<JobState>, _ random: inout SeededRandom) async throws -> JobID? {
        // Of the last ones too: ids rise, and the list begins with the oldest.
        let start = JobID(high: UInt64(max(0, Date.now.timeIntervalSince1970 * 1000 - 20_000)) << 16, low: 0)
        let jobs = try await queue.store.list(
            JobQuery(states: states, after: random.oneIn(2) ? start : nil, limit: 50)
        )
        return jobs.randomElement(using: &random)?.id
    }

    /// Waits for a job as a client does, and tells how it ended.
    func wait(for job: JobID) async {
        do {
            _ = try await queue.handle(for: job, of: Plain.self).value(timeout: .seconds(20))
            Witness.current.observed(job, .succeeded)
        } catch let failure as JobFailure {
            Witness.current.observed(job, failure.state)
        } catch is JobOutputUndecodable {
            // It ended, and is of another kind than was asked for.
            guard let outcome = try? await queue.store.outcomes(of: [job]).first ?? nil else { return }
            Witness.current.observed(job, outcome.state)
        } catch {
            // It was deleted meanwhile, or takes longer: that tells nothing.
        }
    }
}
