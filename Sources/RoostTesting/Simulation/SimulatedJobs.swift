import RoostCore

/// What a simulated job does, as its arguments.
struct Behaviour: Codable, Sendable, Equatable {
    enum Ending: String, Codable, Sendable {
        case returns
        case throwsError
        /// Throws in its first attempts, as many as `failures` says.
        case throwsAtFirst
        case cancels
        case asksForRetry
        /// Has another job be enqueued together with its success.
        case adds
    }

    /// Milliseconds before its effect and after it.
    var before = 1
    var after = 1
    var ending = Ending.returns
    var failures = 0
    /// Whether it goes on although it is cancelled.
    var ignoresCancel = false
}

/// A job that tells the history of its run.
struct SimulatedJob: Job {
    static var kind: String { "job" }
    var behaviour: Behaviour

    func run() async throws -> Int { try await behaviour.run() }
}

/// A job of another kind, which only some workers know.
struct SimulatedRareJob: Job {
    static var kind: String { "rare" }
    var behaviour: Behaviour

    func run() async throws -> Int { try await behaviour.run() }
}

/// A job over what others returned.
struct SimulatedSum: Job {
    static var kind: String { "sum" }
    var behaviour: Behaviour
    var numbers: [Int]

    func run() async throws -> Int { try await behaviour.run() + numbers.reduce(0, +) }

    static func with(_ behaviour: Behaviour, numbers: JobInput<[Int]>) -> OpenJob<Self> {
        OpenJob([.init("behaviour", .value(behaviour)), .init("numbers", numbers)])
    }
}

struct SimulatedError: Error {}

extension Behaviour {
    fileprivate func run() async throws -> Int {
        let context = try JobContext.required
        guard let process = SimulatedProcess.current else { throw NotInJob() }
        process.note(.start, context)
        defer { process.note(.end, context) }
        try await process.sleep(.milliseconds(before), ignoringCancel: ignoresCancel)
        process.note(.effect, context)
        try await process.sleep(.milliseconds(after), ignoringCancel: ignoresCancel)
        switch ending {
        case .returns: return context.attempt
        case .throwsError: throw SimulatedError()
        case .throwsAtFirst:
            if context.attempt <= failures { throw SimulatedError() }
            return context.attempt
        case .cancels: throw CancelExecution()
        case .asksForRetry:
            if context.attempt <= failures { throw RetryJob(after: .milliseconds(100 * context.attempt)) }
            return context.attempt
        case .adds:
            try context.enqueueOnSuccess(SimulatedJob(behaviour: Behaviour()))
            return context.attempt
        }
    }
}

extension SimulatedProcess {
    fileprivate func sleep(_ duration: Duration, ignoringCancel: Bool) async throws {
        if ignoringCancel {
            await executor.pause(duration)
        } else {
            try await executor.sleep(until: executor.uptime + duration)
        }
    }

    fileprivate func note(_ phase: HistoryEvent.BodyEvent.Phase, _ context: JobContext) {
        recorder.note(
            .body(
                .init(
                    at: recorder.at,
                    process: number,
                    worker: worker?.number,
                    job: context.id,
                    attempt: context.attempt,
                    phase: phase
                )
            )
        )
    }
}
