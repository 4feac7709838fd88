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

    /// Runs the slot's tasks, one after the other, until the slot ends.
    ///
    /// They are no child tasks: a child would inherit the executor that this task prefers, and where any is preferred, even
    /// the one that all tasks have, each call within a job looks for it under a lock.
    func supervise() async {
        let executor = executor
        var hasEnded = false
        var isFirst = true
        while !hasEnded {
            let startsSlot = isFirst
            let task = run.state.withLock { state in
                let task = Task(executorPreference: executor) {
                    await Slot.$current.withValue(slot) { await runJobs(startsSlot: startsSlot) }
                }
                state.tasks[slot.index] = (state.machine.beginTask(slot: slot.index), task)
                return task
            }
            hasEnded = await task.value
            isFirst = false
        }
        // A task holds its executor without owning it.
        withExtendedLifetime(executor) {}
        run.state.withLock { $0.machine.ended(slot: slot.index) }
        run.engineSignal.ring()
    }

    /// Where the slot's tasks run; nil: where any task does.
    private var executor: (any TaskExecutor)? {
        switch run.options.slots {
        case .tasks: run.surroundings.executor
        case .threads: run.surroundings.thread("roost-slot-\(slot.index)")
        }
    }

    /// - Returns: whether the slot has ended; false: it must go on in a fresh task.
    private func runJobs(startsSlot: Bool) async -> Bool {
        if startsSlot { await start() }
        var next = await nextJob()
        while let job = next {
            let end = await execute(job)
            let now = run.time.uptime
            // Nil: the slot must go on in a fresh task.
            let following: WorkerStateMachine.Next? = run.state.withLock { state in
                if state.machine.finished(slot: slot.index, entry: end, now: now) { return nil }
                return state.machine.next(slot: slot.index, mayWait: false, now: now)
            }
            run.engineSignal.ring()
            guard let following else { return false }
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
                let next = state.machine.next(slot: slot.index, mayWait: true, now: run.time.uptime)
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
        let context = JobContext(
            job: job,
            slot: slot.index,
            sourceLocation: entry.sourceLocation,
            queue: run.worker.queue,
            logger: run.logger,
            time: run.time
        )
        let attempt = await JobContext.$current.withValue(context) {
            await Attempt(runner: self, job: job, entry: entry, context: context).make()
        }
        // A job that returned has done its work, whatever its task was cancelled for.
        let threw = attempt.result.isFailure
        let judge = RunJudge(
            job: job,
            options: attempt.options,
            maxOutput: run.options.maxOutput,
            chance: threw ? run.surroundings.chance() : 0
        )
        let reason = threw && isInRun ? run.state.withLock { $0.machine.cancelReason(slot: slot.index) } : nil
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
        if case .succeeded = verdict.end { item.added = context.run.added }
        return .init(item: item, told: verdict.told)
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
}
