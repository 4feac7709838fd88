import ProcessSupport
package import RoostCore
import RoostTesting
import ServiceLifecycle
package import Synchronization

/// Producers and workers on a server that is disturbed meanwhile, and the judgement of what came of it.
///
/// ```swift
/// let run = FaultRun(subject)
/// let report = try await run.report { run in try await storm(server) }
/// #expect(report.problems == [])              // work goes on by itself, and nothing is lost
/// ```
package final class FaultRun<Subject: FaultSubject>: Sendable {
    package let subject: Subject
    package let settings: FaultSettings
    package let ledger = Ledger()
    package let log = CapturedLog()
    /// A process that stood still, and when it went on.
    package let thaw = Mutex<FaultThaw?>(nil)
    private let isProducing = Atomic<Bool>(true)
    private let producing = Atomic<Int>(0)

    package init(_ subject: Subject, settings: FaultSettings = FaultSettings()) {
        self.subject = subject
        self.settings = settings
    }

    /// Opens the store as a producer or worker does, again and again where that takes longer than a call may: the
    /// machine may be busy, and this is not what is tested.
    ///
    /// - Parameter time: the clocks of its process; nil: those of the machine.
    package func open(_ client: String, time: (any TimeSource)? = nil) async throws -> LedgerStore {
        var base: (any JobStore)?
        try await waitUntil("the store of \(client) is open") {
            do {
                base = try await subject.open(timeout: settings.timeout, logger: log.logger)
                return true
            } catch let error as StoreError where error.isTransient {
                return false
            }
        }
        guard let opened = base else { preconditionFailure("the store of \(client) is open") }
        return LedgerStore(opened, ledger: ledger, client: client, time: time)
    }

    /// One that no fault stands before.
    package func openJudge() async throws -> any JobStore {
        try await subject.openDirectly(logger: log.logger)
    }

    // MARK: The run

    /// Has producers and workers do their work, disturbs them by `fault`, and looks whether work goes on by itself in time and
    /// whether all jobs that were acknowledged ended as they should.
    ///
    /// - Parameters:
    ///   - forgiven: what the server may have lost; nil: nothing.
    ///   - fault: returns once all is as before.
    package func report(
        forgiving forgiven: LossPeriod? = nil,
        _ fault: (FaultRun) async throws -> Void
    ) async throws -> FaultReport {
        var stores: [LedgerStore] = []
        for number in 0..<settings.workers {
            stores.append(try await open("worker \(number)", time: settings.workerTime))
        }
        let groups = stores.map { store in
            let worker = TestedWorker.make(
                JobQueue(store: store, logger: log.logger),
                name: store.client,
                lease: settings.lease
            )
            return TestedWorker.group(worker, logger: log.logger)
        }
        for number in 0..<settings.producers + 1 { stores.append(try await open("producer \(number)")) }
        let producers = stores.suffix(settings.producers + 1).map { JobQueue(store: $0, logger: log.logger) }

        var report = try await withThrowingTaskGroup(of: Void.self) { tasks in
            for group in groups { tasks.addTask { try await group.run() } }
            for producer in producers.dropLast() { tasks.addTask { try await self.produce(producer) } }
            try await waitUntil("the work is under way") { effects >= 50 }

            try await fault(self)

            var report = FaultReport()
            let over = ContinuousClock.now
            try await runNewJob(producers[settings.producers])
            report.pause = ContinuousClock.now - over
            isProducing.store(false, ordering: .relaxed)
            try await waitUntil("the producers have ended") { producing.load(ordering: .relaxed) == 0 }
            try await waitForAll()
            report.all = ContinuousClock.now - over
            for group in groups { await group.triggerGracefulShutdown() }
            try await tasks.waitForAll()
            return report
        }
        for store in stores { await store.close() }
        let (pause, all) = (report.pause, report.all)
        report.expect(pause < FaultBounds.workGoesOn, "work went on only after \(pause)")
        report.expect(all < FaultBounds.allHasRun(lease: settings.lease), "all had run only after \(all)")
        try await FaultJudge(self, forgiven: forgiven).judge(&report)
        return report
    }

    package var effects: Int { ledger.effectCount }

    /// What calls of the store threw.
    package var failures: [StoreError] { ledger.failures }

    package func waitForEffects(more: Int) async throws {
        let target = effects + more
        try await waitUntil("\(more) more jobs have run") { effects >= target }
    }

    private func produce(_ queue: JobQueue) async throws {
        producing.add(1, ordering: .relaxed)
        defer { producing.subtract(1, ordering: .relaxed) }
        var turn = 0
        while isProducing.load(ordering: .relaxed), !Task.isCancelled {
            turn += 1
            let job = FaultJob(microseconds: settings.jobMicroseconds, ignoresCancel: settings.jobsIgnoreCancel)
            do {
                if turn.isMultiple(of: 10) {
                    try await queue.enqueue(Array(repeating: job, count: 10))
                } else {
                    try await queue.enqueue(job)
                }
            } catch let error as StoreError where error.isTransient {
                try await Task.sleep(for: .milliseconds(20))
            }
            try await Task.sleep(for: .milliseconds(8))
        }
    }

    /// Enqueues a job, as often as it takes, and waits until it has run.
    private func runNewJob(_ queue: JobQueue) async throws {
        let limit = FaultBounds.workGoesOn * 3
        var job: JobID?
        try await waitUntil("a new job is taken", within: limit) {
            do {
                job = try await queue.enqueue(FaultJob(microseconds: 0)).id
                return true
            } catch let error as StoreError where error.isTransient {
                return false
            }
        }
        try await waitUntil("a new job has run", within: limit) { job.map { ledger.hasEffect($0) } ?? false }
    }

    private func waitForAll() async throws {
        let judge = try await openJudge()
        try await waitUntil("all jobs have ended", within: FaultBounds.allHasRun(lease: settings.lease) * 2) {
            try await judge.counts().allSatisfy { lane in
                lane.byState.allSatisfy { $0.key.isFinished || $0.value == 0 }
            }
        }
        await judge.close()
    }
}

/// Who works on a store under test, and how.
package struct FaultSettings: Sendable {
    package var workers: Int
    package var producers: Int
    package var lease: Duration
    /// How long a call of the store may take, in seconds.
    package var timeout: Double
    package var jobMicroseconds: Int
    package var jobsIgnoreCancel: Bool
    /// The clocks of the workers' processes; nil: those of the machine.
    package var workerTime: (any TimeSource)?

    package init(
        workers: Int = 2,
        producers: Int = 2,
        lease: Duration = .seconds(1),
        timeout: Double = 0.5,
        jobMicroseconds: Int = 3000,
        jobsIgnoreCancel: Bool = false,
        workerTime: (any TimeSource)? = nil
    ) {
        self.workers = workers
        self.producers = producers
        self.lease = lease
        self.timeout = timeout
        self.jobMicroseconds = jobMicroseconds
        self.jobsIgnoreCancel = jobsIgnoreCancel
        self.workerTime = workerTime
    }
}

/// A process that stood still, and when it went on.
package struct FaultThaw: Sendable {
    package var client: String
    package var at: Duration

    package init(client: String, at: Duration) {
        self.client = client
        self.at = at
    }
}
