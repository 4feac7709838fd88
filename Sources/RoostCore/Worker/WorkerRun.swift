import Logging
import ServiceLifecycle
import Synchronization

/// One run of a worker, from its registration to its farewell: the thin shell around ``WorkerStateMachine``.
///
/// ```
/// store.changes ─▶ engine ──jobs──▶ slots ──ends──▶ engine ──exchange──▶ store
///                  heartbeat, housekeeper (each on a thread of its own) · events
/// ```
///
/// All that the parts share is the machine, behind one lock that is never held across a wait.
final class WorkerRun: Sendable {
    struct State {
        var machine: WorkerStateMachine
        /// The tasks of slots that wait for a job.
        var waiters: [CheckedContinuation<ClaimedJob?, Never>?]
        /// Each slot's present task, to cancel it.
        var tasks: [(number: Int, task: Task<Bool, Never>)?]
        var fatal: StoreError?
    }

    let worker: Worker
    let registry: JobRegistry
    let store: any JobStore
    let time: any TimeSource
    let logger: Logger
    let locals: [any AnyWorkerLocal]
    let state: Mutex<State>
    /// The store's time less our uptime, in microseconds, as of the last answer; read for each job.
    private let storeOffset: Atomic<Int64>
    let engineSignal: Signal
    private let engineAlarm: Alarm
    let heartbeatSignal = Signal()
    let housekeeperSignal = Signal()

    var options: WorkerOptions { worker.options }
    var surroundings: Surroundings { worker.queue.surroundings }

    init(worker: Worker, registry: JobRegistry) {
        let options = worker.options
        self.worker = worker
        self.registry = registry
        self.store = worker.queue.store
        self.time = worker.queue.store.time
        var logger = worker.logger
        logger[metadataKey: "worker"] = "\(options.name)"
        self.logger = logger
        let named = worker.locals.compactMap { $0 as? any AnyWorkerLocal }
        self.locals = named + registry.locals.filter { local in !named.contains { $0 === local } }
        let machine = WorkerStateMachine(
            slots: options.concurrency,
            pollInterval: options.pollInterval,
            lease: options.lease,
            exchangesAtOnce: store.exchangesAtOnce
        )
        self.state = Mutex(
            State(
                machine: machine,
                waiters: Array(repeating: nil, count: options.concurrency),
                tasks: Array(repeating: nil, count: options.concurrency)
            )
        )
        self.engineSignal = Signal()
        self.engineAlarm = Alarm(engineSignal, by: time)
        self.storeOffset = Atomic((time.now - time.uptime).microseconds)
    }

    func run() async throws {
        if options.capturesStacks { ThrowStack.install() }
        let identity = ProcessIdentity.current
        let id = try await store.register(
            WorkerRegistration(
                name: options.name,
                host: identity.host,
                process: identity.process,
                version: roostVersion,
                kinds: registry.kinds,
                queues: options.queues,
                slots: options.concurrency
            )
        )
        logger.info(
            "worker started",
            metadata: [
                "store": "\(store.name)", "slots": "\(options.concurrency) \(options.slots.rawValue)",
                "queues": "\(options.queues.joined(separator: ", "))",
                "kinds": "\(registry.kinds.joined(separator: ", "))",
            ]
        )
        if registry.kinds.isEmpty {
            logger.warning("the worker has no jobs: declare some with @Job, or give their types by jobs:")
        }
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                // The one task that is not a child: what goes on after a cancel (settling, giving back, the heartbeat)
                // must not run in a cancelled task.
                await Task(executorPreference: surroundings.executor) { await self.work(id) }.value
            } onCancel: {
                self.stop()
            }
        } onGracefulShutdown: {
            self.drain()
        }
        if let fatal = state.withLock({ $0.fatal }) { throw fatal }
    }

    /// Begins the graceful shutdown.
    func drain() {
        let deadline = time.uptime + options.grace
        logger.info("shutting down: no more jobs are claimed", metadata: ["grace": "\(options.grace)"])
        state.withLock { $0.machine.drain(until: deadline) }
        engineSignal.ring()
    }

    /// Begins the immediate shutdown.
    func stop() {
        let now = time.uptime
        logger.info("stopping at once: running jobs are cancelled and given back")
        state.withLock { $0.machine.stop(now: now) }
        engineSignal.ring()
    }

    private func work(_ id: WorkerID) async {
        let engine = surroundings.thread("roost-engine")
        let heart = surroundings.thread("roost-heart")
        // A thread of its own: a store may block it, and neither the engine nor the leases can wait for its errands.
        let house = surroundings.thread("roost-house")
        await withTaskGroup(of: Void.self) { background in
            background.addTask(executorPreference: engine) { await self.followChanges() }
            background.addTask(executorPreference: engine) { await self.engineAlarm.run() }
            background.addTask(executorPreference: heart) { await self.keepLeases(of: id) }
            background.addTask(executorPreference: house) { await Housekeeper(run: self, id: id).keepHouse() }
            await withTaskGroup(of: Void.self) { slots in
                for index in 0..<self.options.concurrency {
                    let slot = Slot(index: index, worker: self.options.name, logger: self.logger)
                    let runner = SlotRunner(run: self, slot: slot)
                    slots.addTask(executorPreference: engine) { await runner.supervise() }
                }
                slots.addTask(executorPreference: engine) { await self.runEngine(id) }
                await slots.waitForAll()
            }
            background.cancelAll()
            self.engineAlarm.end()
            self.heartbeatSignal.ring()
            self.housekeeperSignal.ring()
        }
        await retire(id)
        await worker.queue.hub.flush()
        logger.info("worker stopped")
    }

    private func retire(_ id: WorkerID) async {
        for triesLeft in (0..<Self.retireTries).reversed() {
            do {
                let changes = try await store.retire(id)
                return fire(changes.map { $0.to == .ready ? JobReleased(job: JobReference($0)) : $0.event })
            } catch  where error.isTransient && triesLeft > 0 {
                continue
            } catch {
                // Its leases end by themselves, and its jobs are taken back then.
                return logger.error("the worker could not take its leave of the store", metadata: ["error": "\(error)"])
            }
        }
    }

    /// How often the store is told of the worker's end while it cannot be reached.
    private static let retireTries = 3

    func fire(_ events: [any JobEvent]) {
        worker.queue.hub.fire(events)
    }

    /// The store's time at `uptime`, as far as it is known here.
    func storeTime(at uptime: Duration) -> Timestamp {
        Timestamp(microseconds: storeOffset.load(ordering: .relaxed)) + uptime
    }

    // MARK: Engine

    private func runEngine(_ id: WorkerID) async {
        await withDiscardingTaskGroup { await runEngine(id, calls: &$0) }
    }

    private func runEngine(_ id: WorkerID, calls: inout DiscardingTaskGroup) async {
        while true {
            let now = time.uptime
            let (action, jobsLost) = state.withLock { ($0.machine.next(now: now), $0.machine.takeJobsLost()) }
            if jobsLost > 0 {
                logger.error("leases were lost: their jobs are cancelled", metadata: ["jobs": "\(jobsLost)"])
            }
            switch action {
            case .start(let starts):
                for (slot, job) in starts { resume(slot, with: job) }
            case .endSlots(let slots):
                for slot in slots { resume(slot, with: nil) }
            case .cancel(let tasks):
                cancel(tasks)
            case .exchange(let call, let items, let demand):
                if store.exchangesAtOnce > 1 {
                    calls.addTask {
                        await self.exchange(id, call, items, demand)
                        self.engineSignal.ring()
                    }
                } else {
                    await exchange(id, call, items, demand)
                }
                // A busy engine may never have to wait, and others live on its thread.
                await ThreadExecutor.yield()
            case .reportStuck(let jobs):
                report(stuck: jobs)
            case .wait(let deadline):
                await engineAlarm.wait(until: deadline)
            case .finish:
                return
            }
        }
    }

    private func resume(_ slot: Int, with job: ClaimedJob?) {
        let waiter = state.withLock { state in
            defer { state.waiters[slot] = nil }
            return state.waiters[slot]
        }
        waiter?.resume(returning: job)
    }

    private func cancel(_ tasks: [WorkerStateMachine.SlotTask]) {
        let present = state.withLock { state in
            tasks.compactMap { task in
                state.tasks[task.slot].flatMap { $0.number == task.number ? $0.task : nil }
            }
        }
        for task in present { task.cancel() }
    }

    private func exchange(
        _ id: WorkerID,
        _ call: Int,
        _ items: [SettleItem],
        _ demand: WorkerStateMachine.ClaimDemand?
    ) async {
        let claim = demand.map {
            ClaimRequest(
                queues: options.queues,
                kinds: registry.kinds,
                limit: $0.limit,
                lease: options.lease,
                allowsSolo: $0.allowsSolo
            )
        }
        do {
            let answer = try await store.exchange(Exchange(worker: id, settle: items, claim: claim))
            let now = time.uptime
            storeOffset.store((answer.now - now).microseconds, ordering: .relaxed)
            let settled = state.withLock { $0.machine.exchanged(call, answer, now: now) }
            if answer.hasMore { housekeeperSignal.ring() }
            if let settled { announce(settled, answer) }
        } catch {
            exchangeFailed(call, error)
        }
    }

    private func announce(_ settled: [SettlerStateMachine.Entry], _ answer: ExchangeAnswer) {
        for (entry, result) in zip(settled, answer.settled) where result == .stale {
            logger.warning(
                "a job ended after its lease was lost: the end does not count, and it may run again",
                metadata: ["job": "\(entry.item.job)", "token": "\(entry.item.token)"]
            )
        }
        guard !worker.queue.hub.isIdle else { return }
        var events = answer.events(of: settled)
        for job in answer.claim?.jobs ?? [] where job.verdict == .run {
            events.append(JobClaimed(job: JobReference(job), attempt: job.attempt + 1))
        }
        fire(events)
    }

    private func exchangeFailed(_ call: Int, _ error: StoreError) {
        let now = time.uptime
        let chance = surroundings.chance()
        if error.isTransient {
            let (pause, lost) = state.withLock { state in
                let pause = state.machine.exchangeFailed(call, now: now, chance: chance)
                return (pause, state.machine.abandonOverdue())
            }
            logger.warning(
                "the store failed; what ended is told again",
                metadata: ["error": "\(error)", "pause": "\(pause)"]
            )
            if !lost.isEmpty {
                logger.critical(
                    "the leases ended before the store came back: what ended and is not stored will run again",
                    metadata: ["ends": "\(lost.count)"]
                )
            }
        } else {
            let lost = state.withLock { state in
                _ = state.machine.exchangeFailed(call, now: now, chance: chance)
                state.machine.stop(now: now)
                state.fatal = state.fatal ?? error
                return state.machine.abandon().count
            }
            logger.critical(
                "the store failed for good: the worker stops; what ended and is not stored will run again",
                metadata: ["error": "\(error)", "ends": "\(lost)"]
            )
        }
    }

    private func report(stuck jobs: [(job: ClaimedJob, since: Duration)]) {
        for (job, since) in jobs {
            logger.error(
                "a job does not heed its cancel, and holds its slot: look for a loop without try Task.checkCancellation()",
                metadata: [
                    "job": "\(job.id)", "kind": "\(job.kind)", "since": "\(since)",
                    "location": "\(registry[job.kind]?.sourceLocation?.description ?? "unknown")",
                ]
            )
        }
        fire(jobs.map { JobStuck(job: JobReference($0.job), since: $0.since) })
    }

    // MARK: Wake-ups and leases

    private func followChanges() async {
        let changes = store.changes(of: [.ready, .cancel, .death])
        // What came before the subscription is found by the first claim, so the engine looks once more.
        state.withLock { $0.machine.wake() }
        engineSignal.ring()
        while let topics = await changes.next() {
            if topics.contains(.ready) {
                state.withLock { $0.machine.wake() }
                engineSignal.ring()
            }
            if topics.contains(.cancel) { heartbeatSignal.ring() }
            if topics.contains(.death) { housekeeperSignal.ring() }
        }
    }

    /// The heartbeat: on a thread of its own, so that jobs that block every other thread do not cost their leases.
    private func keepLeases(of id: WorkerID) async {
        // The worker regards a lease as over a little before the store does.
        let margin = options.lease / 10
        while !Task.isCancelled {
            let asked = time.uptime
            let tokens = state.withLock { $0.machine.leases.tokens }
            var next = asked + options.heartbeat
            do {
                let answer = try await store.extend(tokens, of: id, by: options.lease)
                let now = time.uptime
                state.withLock { state in
                    state.machine.leasesExtended(tokens, lost: answer.lost, asked: asked, now: now)
                    state.machine.cancelRequested(answer.cancelled, now: now)
                }
                if !answer.lost.isEmpty || !answer.cancelled.isEmpty { engineSignal.ring() }
            } catch {
                // The worker has ended, and holds nothing any more.
                if Task.isCancelled { return }
                logger.warning("the heartbeat failed", metadata: ["error": "\(error)"])
                next = asked + min(options.heartbeat, .seconds(1))
            }
            let now = time.uptime
            let end = state.withLock { state in
                state.machine.endLeases(now: now + margin)
                return state.machine.leases.deadline
            }
            engineSignal.ring()
            if let end { next = min(next, max(end - margin, now)) }
            await heartbeatSignal.wait(until: next, by: time)
        }
    }
}

extension ExchangeAnswer {
    /// The events of what was settled, and of what that changed beside.
    func events(of entries: [SettlerStateMachine.Entry]) -> [any JobEvent] {
        // The store may have ended a job otherwise than it was told to: one whose cancel was asked for meanwhile, or that
        // added jobs which cannot be stored.
        let otherwise = Set(changes.lazy.filter { $0.from == .running }.map(\.job))
        var events: [any JobEvent] = []
        for (entry, result) in zip(entries, settled) where result != .stale && !otherwise.contains(entry.item.job) {
            if let event = entry.event { events.append(event) }
        }
        return events + changes.map(\.event)
    }
}
