import Foundation
import Testing

@testable import RoostCore

@Suite("RunJudge")
struct RunJudgeTests {
    private struct Boom: Error, CustomStringConvertible {
        var description: String { "boom" }
    }

    /// What a job may throw.
    enum Thrown: String, CaseIterable, Sendable {
        case anything, cancellation, cancel, cancelAndRetry, retry, retryAfter, undecodable, unencodable, inputMissing

        var error: any Error {
            switch self {
            case .anything: Boom()
            case .cancellation: CancellationError()
            case .cancel: CancelExecution("not today")
            case .cancelAndRetry: CancelExecution("not now", retry: true)
            case .retry: RetryJob("later")
            case .retryAfter: RetryJob("later", after: .seconds(77))
            case .undecodable: UndecodablePayload(kind: "Sample.Plain", underlying: Boom())
            case .unencodable: UnencodableOutput(underlying: Boom())
            case .inputMissing: InputMissing(key: "image", reason: .forgotten)
            }
        }
    }

    /// 3 s after the first failure, 6 s after the second …
    private static let backoff = Backoff.linear(by: .seconds(3))

    private func judge(
        _ result: Result<Data?, any Error>,
        _ reason: WorkerStateMachine.CancelReason? = nil,
        failures: Int = 0,
        retries: Int = 1,
        timeout: Duration? = nil,
        maxOutput: Int = 100,
        backoff: Backoff = backoff,
        chance: Double = 0
    ) -> RunJudge.Verdict? {
        let judge = RunJudge(
            job: ClaimedJob("a", attempt: 4, failures: failures),
            options: RunOptions(JobOptions(timeout: timeout, retries: retries, backoff: backoff)),
            maxOutput: maxOutput,
            chance: chance
        )
        return judge.judge(result, cancelReason: reason, duration: .seconds(2), stack: "the stack")
    }

    /// The end as a word and, for a retry, its delay and whether it uses one up.
    private func text(_ verdict: RunJudge.Verdict?) -> String {
        switch verdict?.end {
        case nil: "nothing"
        case .retry(let delay, let record, let usesRetry):
            "retry(\(record.reason.rawValue)) \(delay.seconds) \(usesRetry ? "charged" : "free")"
        case .some(let end): end.word
        }
    }

    // MARK: Every error, every reason, retries left or not

    static let table: [(Thrown, left: String, none: String)] = [
        (.anything, "retry(error) 3.0 charged", "failed(error)"),
        (.cancellation, "retry(error) 3.0 charged", "failed(error)"),
        (.cancel, "cancelled(cancelled)", "cancelled(cancelled)"),
        (.cancelAndRetry, "retry(cancelled) 3.0 charged", "retry(cancelled) 6.0 charged"),
        (.retry, "retry(retryRequested) 3.0 free", "retry(retryRequested) 6.0 free"),
        (.retryAfter, "retry(retryRequested) 77.0 free", "retry(retryRequested) 77.0 free"),
        (.undecodable, "retry(undecodable) 3.0 charged", "failed(undecodable)"),
        (.unencodable, "failed(unencodable)", "failed(unencodable)"),
        (.inputMissing, "failed(inputMissing)", "failed(inputMissing)"),
    ]

    @Test("a job that threw ends as its error says", arguments: table)
    func thrown(thrown: Thrown, left: String, none: String) {
        #expect(text(judge(.failure(thrown.error), failures: 0)) == left)
        #expect(text(judge(.failure(thrown.error), failures: 1)) == none)
    }

    @Test("the table knows every error")
    func tableIsComplete() {
        #expect(Self.table.map(\.0) == Thrown.allCases)
    }

    @Test("a job whose lease was lost has nothing to tell, whatever it threw", arguments: Thrown.allCases)
    func leaseLost(thrown: Thrown) {
        #expect(judge(.failure(thrown.error), .leaseLost) == nil)
        #expect(judge(.success(nil), .leaseLost) == nil)
    }

    /// All errors but one that says that the body has returned.
    private static let fromBody = Thrown.allCases.filter { $0 != .unencodable }

    @Test("a job that a shutdown cancelled is given back, whatever it threw", arguments: fromBody, [0, 1])
    func shutdown(thrown: Thrown, failures: Int) {
        #expect(text(judge(.failure(thrown.error), .shutdown, failures: failures)) == "released")
    }

    @Test("a job whose cancel was requested is cancelled, whatever it threw", arguments: fromBody, [0, 1])
    func requested(thrown: Thrown, failures: Int) {
        #expect(text(judge(.failure(thrown.error), .requested, failures: failures)) == "cancelled(cancelled)")
    }

    @Test("a job that took too long is tried again while retries are left, whatever it threw", arguments: fromBody)
    func timeout(thrown: Thrown) {
        #expect(text(judge(.failure(thrown.error), .timeout, failures: 0)) == "retry(timeout) 3.0 charged")
        #expect(text(judge(.failure(thrown.error), .timeout, failures: 1)) == "failed(timeout)")
    }

    @Test(
        "a job that returned what cannot be stored has failed, for whatever reason it was cancelled",
        arguments: [.timeout, .requested, .shutdown] as [WorkerStateMachine.CancelReason]
    )
    func unencodableAndCancelled(reason: WorkerStateMachine.CancelReason) {
        #expect(text(judge(.failure(Thrown.unencodable.error), reason)) == "failed(unencodable)")
    }

    @Test(
        "a job that returned before it noticed its cancel has succeeded",
        arguments: [nil, .timeout, .requested, .shutdown] as [WorkerStateMachine.CancelReason?]
    )
    func returned(reason: WorkerStateMachine.CancelReason?) {
        #expect(judge(.success(Data("1".utf8)), reason)?.end == .succeeded(output: Data("1".utf8)))
        #expect(judge(.success(nil), reason)?.end == .succeeded(output: nil))
    }

    // MARK: Outputs

    @Test("an output may take as many bytes as the worker allows")
    func outputAtLimit() {
        let output = Data(repeating: 1, count: 100)
        #expect(judge(.success(output), maxOutput: 100)?.end == .succeeded(output: output))
    }

    @Test("a larger output fails the job for good, with both numbers")
    func outputTooLarge() throws {
        let verdict = judge(.success(Data(repeating: 1, count: 101)), retries: 5, maxOutput: 100)
        guard case .failed(let record) = try #require(verdict).end else {
            Issue.record("\(text(verdict))")
            return
        }
        #expect(record.reason == .unencodable)
        #expect(record.message.hasPrefix("the output takes 101 bytes, and the worker allows 100"))
    }

    // MARK: Retries

    @Test("a job is tried again as often as it has retries", arguments: [(0, 0), (1, 1), (5, 5)])
    func retriesLeft(failures: Int, retries: Int) {
        #expect(text(judge(.failure(Boom()), failures: failures, retries: retries)) == "failed(error)")
        #expect(text(judge(.failure(Boom()), failures: failures, retries: retries + 1)).hasPrefix("retry"))
    }

    @Test("chance decides the jitter of the delay")
    func jitter() {
        let backoff = Backoff.constant(.seconds(8), jitter: 0.5)
        #expect(text(judge(.failure(Boom()), backoff: backoff, chance: 0)) == "retry(error) 8.0 charged")
        #expect(text(judge(.failure(Boom()), backoff: backoff, chance: 0.5)) == "retry(error) 6.0 charged")
    }

    @Test("a negative delay means at once, to the store and in the event")
    func negativeDelay() throws {
        let verdict = try #require(judge(.failure(RetryJob(after: .seconds(-5)))))
        #expect(text(verdict) == "retry(retryRequested) 0.0 free")
        #expect(try #require(verdict.event as? JobRetrying).delay == .zero)
    }

    // MARK: What is recorded

    private func record(_ verdict: RunJudge.Verdict?) throws -> FailureRecord {
        switch try #require(verdict).end {
        case .failed(let record), .cancelled(let record), .retry(_, let record, _): record
        case .succeeded, .expired, .released: throw Boom()
        }
    }

    @Test("a failure is recorded with the error's type, its text and its stack")
    func failureRecord() throws {
        let record = try record(judge(.failure(Boom()), retries: 0))
        #expect(record.errorType.hasSuffix("Boom"))
        #expect(record.message == "boom")
        #expect(record.stack == "the stack")
    }

    @Test("a timeout is recorded with the limit and what was thrown")
    func timeoutRecord() throws {
        let record = try record(judge(.failure(Boom()), .timeout, timeout: .seconds(9)))
        #expect(record.message == "the attempt took longer than 9.0 seconds, and was cancelled: boom")
    }

    @Test("a cancel of the job's own is recorded with its reason")
    func cancelRecord() throws {
        #expect(try record(judge(.failure(CancelExecution("no jobs on Sunday")))).message == "no jobs on Sunday")
    }

    @Test("a message of 4,000 characters is kept, a longer one cut")
    func longMessages() throws {
        struct Long: Error, CustomStringConvertible {
            let count: Int
            var description: String { String(repeating: "a", count: count) }
        }
        #expect(try record(judge(.failure(Long(count: 4000)))).message == String(repeating: "a", count: 4000))
        #expect(try record(judge(.failure(Long(count: 4001)))).message == String(repeating: "a", count: 4000) + "…")
    }

    // MARK: Events

    @Test("each end has its event, of the attempt that ended")
    func events() throws {
        let succeeded = try #require(judge(.success(nil))?.event as? JobSucceeded)
        #expect(succeeded.attempt == 5 && succeeded.duration == .seconds(2))
        #expect(try #require(judge(.failure(Boom()), retries: 0)?.event as? JobFailed).attempt == 5)
        let retrying = try #require(judge(.failure(Boom()))?.event as? JobRetrying)
        #expect(retrying.attempt == 5 && retrying.delay == .seconds(3))
        #expect(try #require(judge(.failure(CancelExecution("x")))?.event as? JobCancelled).reason == "x")
        #expect(judge(.failure(Boom()), .shutdown)?.event is JobReleased)
    }
}
