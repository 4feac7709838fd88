#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Decides how a job that ran has ended: one pure function from what happened to what is settled.
struct RunJudge: Sendable {
    let job: ClaimedJob
    let options: RunOptions
    let maxOutput: Int
    /// From 0 up to 1, for the jitter of the backoff.
    let chance: Double

    /// What the store is told, and the event that tells of it; nil: nothing, since the lease was lost.
    struct Verdict: Sendable {
        let end: JobEnd
        let told: EndEvent

        var event: any JobEvent { told.event }

        init(end: JobEnd, told: EndEvent) {
            self.end = end
            self.told = told
        }

        init(end: JobEnd, event: any JobEvent) {
            self.init(end: end, told: .other(event))
        }
    }

    /// - Parameters:
    ///   - result: what the job returned, encoded, or threw.
    ///   - cancelReason: why its task was cancelled, if it was.
    func judge(
        _ result: Result<Data?, any Error>,
        cancelReason: WorkerStateMachine.CancelReason?,
        duration: Duration,
        stack: String? = nil
    ) -> Verdict? {
        if cancelReason == .leaseLost { return nil }
        switch result {
        case .success(let output):
            if let output, output.count > maxOutput {
                let size = "the output takes \(output.count) bytes, and the worker allows \(maxOutput)"
                return failed(
                    FailureRecord(reason: .unencodable, message: size + ": store it elsewhere and return where")
                )
            }
            // A job that ended before it noticed its cancel has done its work.
            return Verdict(
                end: .succeeded(output: output),
                told: .succeeded(JobSucceeded(job: reference, attempt: attempt, duration: duration))
            )
        case .failure(let error):
            return judge(error, cancelReason: cancelReason, duration: duration, stack: stack)
        }
    }

    private func judge(
        _ error: any Error,
        cancelReason: WorkerStateMachine.CancelReason?,
        duration: Duration,
        stack: String?
    ) -> Verdict {
        func record(_ reason: FailureReason, _ message: String? = nil) -> FailureRecord {
            FailureRecord(
                reason: reason,
                errorType: String(reflecting: type(of: error)),
                message: Self.shortened(message ?? "\(error)"),
                stack: stack
            )
        }
        if let unencodable = error as? UnencodableOutput {
            // The work is done, whatever cancelled it; done again, it would return the same.
            return failed(record(.unencodable, "\(unencodable)"))
        }
        switch cancelReason {
        case .shutdown:
            return Verdict(end: .released, event: JobReleased(job: reference))
        case .requested:
            return cancelled(record(.cancelled, "cancelled while it ran"))
        case .timeout:
            let limit = options.timeout.map { "\($0)" } ?? "its limit"
            return failedAttempt(record(.timeout, "the attempt took longer than \(limit), and was cancelled: \(error)"))
        case .leaseLost, nil:
            break
        }
        switch error {
        case let cancel as CancelExecution:
            return cancel.retry
                ? retry(record(.cancelled), after: backoff, usesRetry: true) : cancelled(record(.cancelled))
        case let request as RetryJob:
            return retry(record(.retryRequested), after: request.delay ?? backoff, usesRetry: false)
        case is UndecodablePayload:
            return failedAttempt(record(.undecodable))
        case is InputMissing:
            return failed(record(.inputMissing))
        default:
            return failedAttempt(record(.error))
        }
    }

    private var reference: JobReference { JobReference(job) }
    private var attempt: Int { job.attempt + 1 }
    private var backoff: Duration { options.backoff.delay(afterFailure: job.failures + 1, chance: chance) }

    private func failedAttempt(_ record: FailureRecord) -> Verdict {
        job.failures < options.retries ? retry(record, after: backoff, usesRetry: true) : failed(record)
    }

    private func retry(_ record: FailureRecord, after delay: Duration, usesRetry: Bool) -> Verdict {
        let delay = min(max(delay, .zero), JobOptions.longest)
        return Verdict(
            end: .retry(after: delay, record, usesRetry: usesRetry),
            event: JobRetrying(job: reference, attempt: attempt, failure: record, delay: delay)
        )
    }

    private func failed(_ record: FailureRecord) -> Verdict {
        Verdict(end: .failed(record), event: JobFailed(job: reference, attempt: attempt, failure: record))
    }

    private func cancelled(_ record: FailureRecord) -> Verdict {
        Verdict(end: .cancelled(record), event: JobCancelled(job: reference, reason: record.message))
    }

    /// The most characters of a message that are stored: an error may print a whole document.
    private static let longestMessage = 4000

    private static func shortened(_ message: String) -> String {
        message.count <= longestMessage ? message : message.prefix(longestMessage) + "…"
    }
}

/// What a job returned cannot be encoded.
struct UnencodableOutput: Error, CustomStringConvertible {
    let underlying: any Error

    var description: String { "what the job returned cannot be stored as JSON: \(underlying)" }
}
