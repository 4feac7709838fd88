import Logging
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Runs the jobs of one slot, one after the other, in one long-lived task.
///
/// A task per job would cost about a microsecond each. So a job is cancelled by cancelling the slot's task, and the
/// slot goes on in a fresh one.
struct SlotRunner: Sendable {
    let run: WorkerRun
    let slot: Slot
    /// Whether the slot is one of the run's own, and not one for a job that runs inline.
    var isInRun = true

    /// Runs the slot's tasks, one after the other, until the slot ends. Itself stays on the engine's thread, so that it
    /// can cancel a task whose thread is blocked.
    func supervise() async {
        let executor = Executor(run.options.slots, slot: slot, in: run.surroundings)
        var isFirst = true
        while true {
            let canceller = Signal()
            run.state.withLock { state in
                let task = state.machine.beginTask(slot: slot.index)
                state.cancellers[slot.index] = (task, canceller)
            }
            let startsSlot = isFirst
            let hasEnded = await withTaskGroup(of: Bool.self) { group in
                group.addTask(executorPreference: executor.preference) {
                    defer { canceller.ring() }
                    return await Slot.$current.withValue(slot) { await runJobs(startsSlot: startsSlot) }
                }
                await canceller.wait()
                // Too late to matter where the task rang as it ended.
                group.cancelAll()
                return await group.next() ?? true
            }
            isFirst = false
            if hasEnded { break }
        }
        run.state.withLock { $0.machine.ended(slot: slot.index) }
        run.engineSignal.ring()
    }

    /// - Returns: whether the slot has ended; false: it must go on in a fresh task.
    private func runJobs(startsSlot: Bool) async -> Bool {
        if startsSlot { await start() }
        var next = await nextJob()
        while let job = next {
            let end = await execute(job)
            let now = run.time.uptime
            let (needsFreshTask, following) = run.state.withLock { state in
                let needsFreshTask = state.machine.finished(slot: slot.index, entry: end, now: now)
                return (needsFreshTask, needsFreshTask ? .wait : state.machine.next(slot: slot.index, mayWait: false))
            }
            run.engineSignal.ring()
            if needsFreshTask { return false }
            switch following {
            case .run(let job): next = job
            case .end: next = nil
            case .wait: next = await nextJob()
            }
        }
        await stop()
        return true
    }

    /// The slot's next job; waits for it. Nil once there will be none.
    private func nextJob() async -> ClaimedJob? {
        await withCheckedContinuation { continuation in
            let next = run.state.withLock { state in
                let next = state.machine.next(slot: slot.index, mayWait: true)
                if case .wait = next { state.waiters[slot.index] = continuation }
                return next
            }
            switch next {
            case .run(let job): continuation.resume(returning: job)
            case .end: continuation.resume(returning: nil)
            // A slot that waits is a reason to claim.
            case .wait: run.engineSignal.ring()
            }
        }
    }

    // MARK: The slot's start and end

    private func start() async {
        for local in run.locals {
            do {
                try await local.openIfNeeded(in: slot)
            } catch {
                log("a worker-local value did not open; it is tried again when a job needs it", error)
            }
        }
        for hook in run.worker.hooks.all {
            guard case .startup(let function) = hook.function else { continue }
            await contain("startup", hook) { try await function(slot) }
        }
    }

    private func stop() async {
        for hook in run.worker.hooks.all {
            guard case .shutdown(let function) = hook.function else { continue }
            await contain("shutdown", hook) { try await function(slot) }
        }
        await closeLocals()
    }

    /// Closes the slot's worker-local values, the last one opened first.
    func closeLocals() async {
        for box in slot.end() { await box.local.close(box) }
    }

    // MARK: A job

    /// - Returns: how the job ended; nil where its lease was lost.
    func execute(_ job: ClaimedJob) async -> SettlerStateMachine.Entry? {
        guard let entry = run.registry[job.kind] else {
            // A store must not hand out what was not asked for; another worker will know the kind.
            return .init(item: SettleItem(job: job.id, token: job.token, end: .released), event: nil)
        }
        let state = JobContext.RunState()
        let context = JobContext(
            id: job.id,
            kind: job.kind,
            queueName: job.queue,
            priority: job.priority,
            attempt: job.attempt + 1,
            headers: job.headers,
            enqueuedAt: job.enqueuedAt,
            slot: slot.index,
            sourceLocation: entry.sourceLocation,
            queue: run.worker.queue,
            baseLogger: run.logger,
            time: run.time,
            run: state
        )
        let attempt = await JobContext.$current.withValue(context) {
            await Attempt(runner: self, job: job, entry: entry, context: context).make()
        }
        let reason = isInRun ? run.state.withLock { $0.machine.cancelReason(slot: slot.index) } : nil
        let judge = RunJudge(
            job: job,
            options: attempt.options,
            maxOutput: run.options.maxOutput,
            chance: run.surroundings.chance()
        )
        guard
            let verdict = judge.judge(
                attempt.result,
                cancelReason: reason,
                duration: attempt.duration,
                stack: attempt.stack
            )
        else { return nil }
        log(verdict, context)
        var item = SettleItem(job: job.id, token: job.token, end: verdict.end, startedAt: attempt.startedAt)
        if case .succeeded = verdict.end { item.added = state.added }
        return .init(item: item, event: verdict.event)
    }

    private func log(_ verdict: RunJudge.Verdict, _ context: JobContext) {
        let message: Logger.Message
        let level: Logger.Level
        let failure: FailureRecord
        switch verdict.end {
        case .succeeded, .released, .expired:
            return
        case .failed(let record):
            (level, message, failure) = (.error, "the job failed", record)
        case .retry(let delay, let record, _):
            // What a job asked for is not worth a warning.
            level = record.reason == .retryRequested ? .info : .warning
            (message, failure) = ("the attempt failed, and is tried again in \(delay)", record)
        case .cancelled(let record):
            (level, message, failure) = (.info, "the job was cancelled", record)
        }
        let logger = context.logger
        guard level >= logger.logLevel else { return }
        var metadata: Logger.Metadata = [
            "reason": "\(failure.reason.rawValue)", "error": "\(failure.message)",
            "location": "\(context.sourceLocation?.description ?? "unknown")",
        ]
        if !failure.errorType.isEmpty { metadata["type"] = "\(failure.errorType)" }
        if let stack = failure.stack { metadata["stack"] = "\n\(stack)" }
        logger.log(level: level, message, metadata: metadata)
    }

    // MARK: Hooks

    func contain(_ kind: String, _ hook: WorkerHooks.Hook, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            log("the \(kind) hook '\(hook.name)' threw", error)
        }
    }

    private func log(_ message: Logger.Message, _ error: any Error) {
        let logger = JobContext.current?.logger ?? run.logger
        logger.error(message, metadata: ["slot": "\(slot.index)", "error": "\(error)"])
    }

    /// Where the slot's tasks run.
    private struct Executor {
        /// Kept, since a task holds its executor without owning it.
        let preference: any TaskExecutor

        init(_ kind: WorkerOptions.SlotKind, slot: Slot, in surroundings: Surroundings) {
            switch kind {
            case .tasks: preference = surroundings.executor ?? globalConcurrentExecutor
            case .threads: preference = surroundings.thread("roost-slot-\(slot.index)")
            }
        }
    }
}
