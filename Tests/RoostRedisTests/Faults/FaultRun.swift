import Foundation
import ProcessSupport
import RedisFaults
import RedisSupport
import RoostCore
import RoostRedis
import RoostTesting
import ServiceLifecycle
import Synchronization
import Testing

/// Producers and workers on a server that is disturbed meanwhile, and the judgement of what came of it.
///
/// ```swift
/// let server = try await RedisServer.start()
/// let run = FaultRun(on: server)
/// try await run.disturbed { try await storm(server) }     // work goes on by itself, and nothing is lost
/// ```
final class FaultRun: Sendable {
    struct Settings: Sendable {
        var workers = 2
        var producers = 2
        var lease: Duration = .seconds(1)
        /// How long a call of the store may take, in seconds.
        var timeout = 0.5
        var jobMicroseconds = 3000
        var jobsIgnoreCancel = false
        var replicas = 0
    }

    /// A process that stood still, and when it went on.
    struct Thaw {
        var client: String
        var at: Duration
    }

    let ledger = Ledger()
    let thaw = Mutex<Thaw?>(nil)
    let log = CapturedLog()
    let namespace = "faults-\(JobID())"
    let settings: Settings
    /// What the clients under test connect to, and what the judge does.
    private let url: String
    private let directURL: String
    /// The server that has the keys now.
    private let owner: @Sendable (_ key: String) throws -> RedisServer
    private let isProducing = Atomic<Bool>(true)
    private let producing = Atomic<Int>(0)

    /// - Parameters:
    ///   - url: what producers and workers connect to: a proxy, or all of a cluster; nil: the server.
    ///   - directURL: what the judge connects to; nil: the server.
    ///   - owner: the server that has the keys that begin so when all is over.
    init(
        url: String? = nil,
        directURL: String? = nil,
        settings: Settings = Settings(),
        owner: @escaping @Sendable (_ key: String) throws -> RedisServer,
        at server: RedisServer
    ) {
        self.url = url ?? server.url
        self.directURL = directURL ?? server.url
        self.settings = settings
        self.owner = owner
    }

    convenience init(on server: RedisServer, by url: String? = nil, settings: Settings = Settings()) {
        self.init(url: url, settings: settings, owner: { _ in server }, at: server)
    }

    /// The URL that clients under test use.
    var clientURL: String { "\(url)?namespace=\(namespace)&timeout=\(settings.timeout)&replicas=\(settings.replicas)" }

    func makeStore(_ client: String) async throws -> LedgerStore {
        LedgerStore(try await RedisStore(clientURL, logger: log.logger), ledger: ledger, client: client)
    }

    /// One that no fault stands before.
    func makeJudge() async throws -> RedisStore {
        try await RedisStore("\(directURL)?namespace=\(namespace)&timeout=10", logger: log.logger)
    }

    // MARK: The run

    /// Has producers and workers do their work, disturbs them by `fault`, and checks that work goes on by itself in time and
    /// that all jobs that were acknowledged ended as they should.
    ///
    /// - Parameters:
    ///   - forgiven: what the server may have lost; nil: nothing.
    ///   - fault: returns once all is as before.
    /// - Returns: how long it took until a new job had run, once `fault` was over.
    @discardableResult
    func disturbed(
        forgiving forgiven: LossPeriod? = nil,
        _ fault: (FaultRun) async throws -> Void
    ) async throws -> Duration {
        var stores: [LedgerStore] = []
        for number in 0..<settings.workers { stores.append(try await makeStore("worker \(number)")) }
        let groups = stores.map { store in
            let worker = TestedWorker.make(
                JobQueue(store: store, logger: log.logger),
                name: store.client,
                lease: settings.lease
            )
            return TestedWorker.group(worker, logger: log.logger)
        }
        for number in 0..<settings.producers + 1 { stores.append(try await makeStore("producer \(number)")) }
        let producers = stores.suffix(settings.producers + 1).map { JobQueue(store: $0, logger: log.logger) }

        let pause = try await withThrowingTaskGroup(of: Void.self) { tasks in
            for group in groups { tasks.addTask { try await group.run() } }
            for producer in producers.dropLast() { tasks.addTask { try await self.produce(producer) } }
            try await waitUntil("the work is under way") { effects >= 50 }

            try await fault(self)

            let over = ContinuousClock.now
            try await runNewJob(producers[settings.producers])
            let pause = ContinuousClock.now - over
            #expect(pause < Bounds.workGoesOn)
            isProducing.store(false, ordering: .relaxed)
            try await waitUntil("the producers have ended") { producing.load(ordering: .relaxed) == 0 }
            try await waitForAll()
            let all = ContinuousClock.now - over
            #expect(all < Bounds.allHasRun(lease: settings.lease))
            for group in groups { await group.triggerGracefulShutdown() }
            try await tasks.waitForAll()
            print("\(Test.current?.name ?? ""): a new job had run after \(pause), all after \(all)")
            return pause
        }
        for store in stores { await store.close() }
        try await FaultJudge(self, forgiven: forgiven).judge()
        return pause
    }

    var effects: Int {
        ledger.count { if case .effect = $0.kind { true } else { false } }
    }

    /// What calls of the store threw.
    var failures: [StoreError] { ledger.failures }

    func waitForEffects(more: Int) async throws {
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
        let limit = Bounds.workGoesOn * 3
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
        let judge = try await makeJudge()
        try await waitUntil("all jobs have ended", within: Bounds.allHasRun(lease: settings.lease) * 2) {
            try await judge.counts().allSatisfy { lane in
                lane.byState.allSatisfy { $0.key.isFinished || $0.value == 0 }
            }
        }
        await judge.close()
    }

    /// What all keys begin with, so that they lie on one node of a cluster.
    var key: String { "{\(namespace)}" }

    func probe() throws -> RedisProbe { try owner(key).probe() }
}
