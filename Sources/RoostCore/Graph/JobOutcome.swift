/// How a job of a group ended: with its output, or with the reason why there is none.
///
/// ```swift
/// @Job func report(outcomes: [JobOutcome<Page>]) async throws {
///     let pages = outcomes.compactMap(\.output)
///     let failures = outcomes.compactMap(\.failure)
/// }
/// ```
///
/// As JSON it is `{"succeeded":…}` with the output, or `{"failed":{…}}` with the ``JobFailure``.
public enum JobOutcome<Output: Sendable>: Sendable {
    case succeeded(Output)
    /// It failed, expired, or was cancelled or skipped: ``JobFailure/state`` says which.
    case failed(JobFailure)

    /// What the job returned; nil where it did not succeed.
    public var output: Output? {
        if case .succeeded(let output) = self { output } else { nil }
    }

    /// Why the job did not succeed; nil where it did.
    public var failure: JobFailure? {
        if case .failed(let failure) = self { failure } else { nil }
    }

    /// What the job returned.
    ///
    /// - Throws: The ``JobFailure`` of a job that did not succeed.
    public func get() throws(JobFailure) -> Output {
        switch self {
        case .succeeded(let output): return output
        case .failed(let failure): throw failure
        }
    }
}

extension JobOutcome: Equatable where Output: Equatable {}

extension JobOutcome: Codable where Output: Codable {
    // The form is written by hand, since `InputSplicer` composes it from stored bytes.
    private enum CodingKeys: String, CodingKey {
        case succeeded
        case failed
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if container.contains(.succeeded) {
            self = .succeeded(try container.decode(Output.self, forKey: .succeeded))
        } else {
            self = .failed(try container.decode(JobFailure.self, forKey: .failed))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .succeeded(let output): try container.encode(output, forKey: .succeeded)
        case .failed(let failure): try container.encode(failure, forKey: .failed)
        }
    }
}
