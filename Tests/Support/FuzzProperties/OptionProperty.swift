import RoostCore
import RoostTesting

/// Options that a program makes up are refused with a reason, or the job runs by them.
struct OptionProperty {
    struct Sample: Job {
        var fails: Bool
        func run() async throws { if fails { throw FuzzFailure("as it was told") } }
    }

    func check(_ bytes: [UInt8]) async throws {
        var source = ByteSource(bytes)
        let queue = try JobQueue.immediate(jobs: [Sample.self], discoversJobs: false, logger: .silent)
        let request = JobRequest(Sample(fails: source.bool()), options: options(from: &source))
        do {
            let handle = try await queue.enqueue(request)
            guard let job = try await queue.job(handle.id) else { throw FuzzFailure("the job is gone") }
            guard job.state != .running else { throw FuzzFailure("the job still runs") }
        } catch let error as InvalidJobOption {
            guard !error.reason.isEmpty else { throw FuzzFailure("refused without a reason: \(error)") }
        }
        await queue.close()
    }

    private func options(from source: inout ByteSource) -> JobOptions {
        var options = JobOptions()
        if source.bool() { options.queue = source.text() }
        if source.bool() { options.priority = Int32(truncatingIfNeeded: source.int()) }
        if source.bool() { options.start = start(from: &source) }
        if source.bool() {
            options.expiry = source.bool() ? .after(source.duration()) : .at(Timestamp(microseconds: source.int64()))
        }
        if source.bool() { options.timeout = source.duration() }
        // Each is made, one after the other.
        if source.bool() { options.retries = min(source.int(), 20) }
        if source.bool() { options.backoff = backoff(from: &source) }
        if source.bool() {
            options.unique = Uniqueness(
                key: source.bool() ? source.text() : nil,
                period: source.bool() ? source.duration() : nil,
                states: source.bool() ? Set(JobState.allCases.filter { _ in source.bool() }) : nil
            )
        }
        if source.bool() { options.headers[source.text()] = source.text() }
        if source.bool() { options.retention = source.duration() }
        if source.bool() { options.maxCrashes = source.int() }
        return options
    }

    private func start(from source: inout ByteSource) -> JobOptions.Start {
        switch source.byte() % 3 {
        case 0: .now
        case 1: .after(source.duration())
        default: .at(Timestamp(microseconds: source.int64()))
        }
    }

    private func backoff(from source: inout ByteSource) -> Backoff {
        switch source.byte() % 4 {
        case 0: .constant(source.duration(), jitter: source.double())
        case 1: .linear(by: source.duration(), cap: source.duration(), jitter: source.double())
        case 2:
            .exponential(
                from: source.duration(),
                factor: source.double(),
                cap: source.duration(),
                jitter: source.double()
            )
        default: .delays((0..<source.byte() % 4).map { _ in source.duration() }, jitter: source.double())
        }
    }
}
