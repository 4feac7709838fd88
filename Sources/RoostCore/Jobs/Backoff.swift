/// How long a job waits before it is tried again after it failed.
///
/// ```swift
/// @Job(retries: 5, backoff: .exponential(from: .seconds(1), cap: .minutes(10)))
/// func fetch(url: String) async throws { … }
/// ```
public struct Backoff: Sendable, Codable, Equatable {
    /// The shape of the delays. A custom one is a list, so that it can be stored with a job.
    enum Shape: Sendable, Codable, Equatable {
        case constant(Duration)
        case linear(from: Duration, cap: Duration)
        case exponential(from: Duration, factor: Double, cap: Duration)
        case list([Duration])
    }

    var shape: Shape
    /// The part of a delay that chance decides, from 0 (none) to 1 (all of it).
    var jitter: Double

    /// The same delay each time.
    public static func constant(_ delay: Duration, jitter: Double = 0) -> Backoff {
        Backoff(shape: .constant(delay), jitter: jitter)
    }

    /// `step` after the first failure, twice that after the second, and so on up to `cap`.
    public static func linear(by step: Duration, cap: Duration = .hours(1), jitter: Double = 0) -> Backoff {
        Backoff(shape: .linear(from: step, cap: cap), jitter: jitter)
    }

    /// `first` after the first failure, then `factor` times as long each time, up to `cap`.
    ///
    /// - Parameters:
    ///   - first: the delay after the first failure.
    ///   - factor: how many times as long the next delay is; 2 by default.
    ///   - cap: the longest delay; an hour by default.
    ///   - jitter: the part of the delay that chance decides: with 1, "full jitter", a delay lies anywhere between zero
    ///     and its full length, which spreads a herd of failed jobs best (Brooker, "Exponential Backoff And Jitter", AWS
    ///     Architecture Blog, 2015). 0.5 by default: at least half of the delay is always waited.
    public static func exponential(
        from first: Duration,
        factor: Double = 2,
        cap: Duration = .hours(1),
        jitter: Double = 0.5
    ) -> Backoff {
        Backoff(shape: .exponential(from: first, factor: factor, cap: cap), jitter: jitter)
    }

    /// The delays after the first, second, third … failure; the last one holds from then on.
    public static func delays(_ delays: [Duration], jitter: Double = 0) -> Backoff {
        Backoff(shape: .list(delays), jitter: jitter)
    }

    /// Any rule of your own: `rule` is asked for the delay after each failure from 1 to `failures`, now, and the
    /// answers are stored with the job, since a closure cannot be. After more failures the last answer holds.
    public static func custom(upTo failures: Int = 25, _ rule: (_ failure: Int) -> Duration) -> Backoff {
        Backoff(shape: .list((0..<max(failures, 0)).map { rule($0 + 1) }), jitter: 0)
    }

    /// How long to wait after a failure.
    ///
    /// - Parameters:
    ///   - failure: its number, from 1.
    ///   - chance: a number from 0 up to 1 that decides the jitter.
    public func delay(afterFailure failure: Int, chance: Double) -> Duration {
        let whole = wholeDelay(afterFailure: max(failure, 1))
        // A product with a Double is off by some attoseconds.
        return jitter == 0 ? whole : whole * (1 - jitter * chance)
    }

    private func wholeDelay(afterFailure failure: Int) -> Duration {
        switch shape {
        case .constant(let delay):
            return delay
        case .linear(let step, let cap):
            let seconds = step.seconds * Double(failure)
            return seconds >= cap.seconds ? cap : step * failure
        case .exponential(let first, let factor, let cap):
            var seconds = first.seconds
            // A loop, since FoundationEssentials has no `pow`; it ends when the cap is reached.
            for _ in 1..<max(failure, 1) {
                guard seconds < cap.seconds, seconds > 0, factor != 1 else { break }
                seconds *= factor
            }
            return seconds >= cap.seconds ? cap : .seconds(seconds)
        case .list(let delays):
            return delays.isEmpty ? .zero : delays[min(failure, delays.count) - 1]
        }
    }

    func validate() throws(InvalidJobOption) {
        func check(_ delay: Duration, _ name: String) throws(InvalidJobOption) {
            guard delay >= .zero, delay <= JobOptions.longest else {
                throw InvalidJobOption("backoff", "\(name) is \(delay)", "a delay lies between zero and 100 years")
            }
        }
        guard jitter >= 0, jitter <= 1 else {
            throw InvalidJobOption("backoff", "jitter is \(jitter)", "it is a part of the delay, from 0 to 1")
        }
        switch shape {
        case .constant(let delay):
            try check(delay, "the delay")
        case .linear(let step, let cap):
            try check(step, "the step")
            try check(cap, "the cap")
        case .exponential(let first, let factor, let cap):
            try check(first, "the first delay")
            try check(cap, "the cap")
            guard factor >= 1, factor.isFinite else {
                throw InvalidJobOption("backoff", "the factor is \(factor)", "delays must not shrink: use 1 or more")
            }
        case .list(let delays):
            guard !delays.isEmpty else {
                throw InvalidJobOption("backoff", "the list of delays is empty", "it needs at least one delay")
            }
            for (index, delay) in delays.enumerated() { try check(delay, "delay \(index + 1)") }
        }
    }
}
