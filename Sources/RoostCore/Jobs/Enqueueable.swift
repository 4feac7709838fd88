#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a queue can enqueue as one job: a ``Job``, or a job with options of its own.
///
/// The options are methods, so that they compose and never clash with a job's own properties:
///
/// ```swift
/// try await queue.enqueue(
///     $report(year: 2026).delayed(by: .seconds(60)).priority(10).timeout(.minutes(5))
/// )
/// ```
public protocol Enqueueable<Work>: JobStage where LastOutput == Work.Output, Configured == JobRequest<Work> {
    associatedtype Work: Job
    /// The job together with the options of this call.
    var request: JobRequest<Work> { get }
}

/// A job together with the options of this call.
public struct JobRequest<Work: Job>: Enqueueable {
    public var job: Work
    public var options: JobOptions

    public init(_ job: Work, options: JobOptions = Work.options) {
        self.job = job
        self.options = options
    }

    public typealias LastOutput = Work.Output

    public var request: JobRequest<Work> { self }
}

extension Enqueueable {
    /// The same job with its options changed by `change`.
    public func with(_ change: (inout JobOptions) -> Void) -> JobRequest<Work> {
        var request = request
        change(&request.options)
        return request
    }
}

extension JobStage {
    /// In the line called `name`.
    public func queue(_ name: String) -> Configured {
        with { $0.queue = name }
    }

    /// Before jobs of lower priority in its queue, behind earlier ones of its own.
    public func priority(_ priority: Int32) -> Configured {
        with { $0.priority = priority }
    }

    /// Not before `delay` has passed since it was enqueued, or since the last job it waits for ended.
    public func delayed(by delay: Duration) -> Configured {
        with { $0.start = .after(delay) }
    }

    /// Not before `date`; a date that has passed means now.
    public func scheduled(at date: Date) -> Configured {
        with { $0.start = .at(Timestamp(date)) }
    }

    /// Only if it starts within `duration` of being enqueued; zero means at once or never. Retries do not move it.
    public func expires(after duration: Duration) -> Configured {
        with { $0.expiry = .after(duration) }
    }

    /// Only if it starts before `date`.
    public func expires(at date: Date) -> Configured {
        with { $0.expiry = .at(Timestamp(date)) }
    }

    /// With its task cancelled when an attempt takes longer than `duration`.
    public func timeout(_ duration: Duration) -> Configured {
        with { $0.timeout = duration }
    }

    /// Tried up to `count` more times after it threw, each after a delay by `backoff`.
    public func retries(_ count: Int, backoff: Backoff? = nil) -> Configured {
        with {
            $0.retries = count
            if let backoff { $0.backoff = backoff }
        }
    }

    /// With the delays between its attempts decided by `backoff`.
    public func backoff(_ backoff: Backoff) -> Configured {
        with { $0.backoff = backoff }
    }

    /// Only if no other job of the kind is there with the same key.
    ///
    /// ```swift
    /// try await queue.enqueue($syncAccount(id: 7).unique(by: "account-7", for: .hours(1)))
    /// ```
    ///
    /// Where there is one, its handle is returned and nothing is enqueued.
    ///
    /// - Parameters:
    ///   - key: what makes two jobs of the kind duplicates; nil: equal arguments.
    ///   - period: how long an earlier job counts from when it was enqueued; nil: as long as it is in `states`.
    ///   - states: the states in which an earlier job counts; by default all before its end, with a period also
    ///     `succeeded`.
    public func unique(
        by key: String? = nil,
        for period: Duration? = nil,
        while states: Set<JobState>? = nil
    ) -> Configured {
        with { $0.unique = Uniqueness(key: key, period: period, states: states) }
    }

    /// With a header to carry along; set again, the later value holds.
    public func header(_ name: String, _ value: String) -> Configured {
        with { $0.headers[name] = value }
    }

    /// With its outcome readable for `duration` after its end.
    public func retention(_ duration: Duration) -> Configured {
        with { $0.retention = duration }
    }

    /// Set aside as poison after it was running in `count` crashes of its process.
    public func maxCrashes(_ count: Int) -> Configured {
        with { $0.maxCrashes = count }
    }
}
