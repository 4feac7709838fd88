import Logging
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One attempt of a job in a slot: hooks, inputs, arguments, body, output.
struct Attempt {
    let runner: SlotRunner
    let job: ClaimedJob
    let entry: JobRegistry.Entry
    let context: JobContext

    /// What came of it.
    struct Made {
        var options: RunOptions
        var result: Result<Data?, any Error>
        /// When the body began, in the store's time; nil where a hook kept it from running.
        var startedAt: Timestamp?
        var duration: Duration = .zero
        var stack: String?
    }

    private var run: WorkerRun { runner.run }

    func make() async -> Made {
        let options: RunOptions
        do {
            options = try job.options.map { try RunOptions(stored: $0) } ?? entry.options
        } catch {
            let unreadable = UndecodablePayload(kind: job.kind, underlying: error)
            let startedAt = run.storeTime(at: run.time.uptime)
            return Made(options: entry.options, result: .failure(unreadable), startedAt: startedAt)
        }
        let hooks = run.worker.hooks.aroundJobs
        if !hooks.isEmpty {
            do {
                try await call(before: hooks)
            } catch {
                return Made(options: options, result: .failure(error))
            }
        }
        let began = run.time.uptime
        context.run.startedAt = run.storeTime(at: began)
        if let timeout = options.timeout { setDeadline(began + timeout) }
        let throwStack = run.options.capturesStacks ? ThrowStack() : nil
        let result: Result<JobRegistry.Completed, any Error>
        do {
            let arguments = options.openings.isEmpty ? job.payload.bytes : try await self.arguments(options)
            if let throwStack {
                result = .success(
                    try await ThrowStack.$current.withValue(throwStack) { try await entry.run(arguments) }
                )
            } else {
                result = .success(try await entry.run(arguments))
            }
        } catch {
            result = .failure(error)
        }
        let duration = run.time.uptime - began
        // They may be others by now.
        let hooksAfter = run.worker.hooks.aroundJobs
        if !hooksAfter.isEmpty { await call(after: hooksAfter, result.map(\.value)) }
        return Made(
            options: options,
            result: completed(result) ?? result.flatMap { $0.encoded.mapError { UnencodableOutput(underlying: $0) } },
            startedAt: run.storeTime(at: began),
            duration: duration,
            stack: result.isFailure ? throwStack?.text : nil
        )
    }

    /// What the store has already of a job that ended in its own transaction: whatever came after that changes nothing.
    private func completed(_ result: Result<JobRegistry.Completed, any Error>) -> Result<Data?, any Error>? {
        guard case .succeeded(let output) = context.run.completion?.end else { return nil }
        if case .failure(let error) = result {
            context.logger.error(
                "the job threw after it had succeeded, by its transaction: it has succeeded",
                metadata: ["error": "\(error)"]
            )
        }
        return .success(output)
    }

    private func setDeadline(_ deadline: Duration) {
        context.run.deadline = deadline
        guard runner.isInRun else { return }
        run.state.withLock { $0.machine.setDeadline(deadline, slot: runner.slot.index) }
        run.engineSignal.ring()
    }

    /// - Throws: `CancelExecution`, if a hook does.
    private func call(before hooks: [WorkerHooks.Hook]) async throws(CancelExecution) {
        for hook in hooks {
            guard case .preExecute(let function) = hook.function else { continue }
            do {
                try await function(context)
            } catch let error as CancelExecution {
                throw error
            } catch {
                await runner.contain("pre-execute", hook) { throw error }
            }
        }
    }

    private func call(after hooks: [WorkerHooks.Hook], _ result: Result<any Sendable, any Error>) async {
        for hook in hooks {
            guard case .postExecute(let function) = hook.function else { continue }
            await runner.contain("post-execute", hook) { try await function(context, result) }
        }
    }

    /// The job's arguments, with what earlier jobs of the graph left behind in their places.
    private func arguments(_ options: RunOptions) async throws -> Data {
        var inputs: [JobInputRecord] = []
        var page: [JobInputRecord]
        repeat {
            page = try await readInputs(from: (inputs.last?.position ?? -1) + 1)
            inputs += page
        } while page.count == Self.inputPage
        return try InputSplicer.splice(job.payload.bytes, openings: options.openings, inputs: inputs)
    }

    /// Asks again while the store cannot be reached: that is no failure of the job. Who loses the lease meanwhile, or is to
    /// stop, has the attempt cancelled.
    private func readInputs(from position: Int32) async throws -> [JobInputRecord] {
        while true {
            do throws(StoreError) {
                return try await run.store.inputs(of: job.id, from: position, limit: Self.inputPage)
            } catch {
                guard error.isTransient else { throw error }
                run.logger.warning(
                    "cannot read what earlier jobs left behind, and ask again",
                    metadata: ["job": "\(job.id)", "kind": "\(job.kind)", "error": "\(error)"]
                )
                try await run.time.sleep(until: run.time.uptime + Self.inputPause)
            }
        }
    }

    private static let inputPause: Duration = .milliseconds(200)

    /// The inputs that one call reads.
    private static let inputPage = 500
}

extension Result {
    var isFailure: Bool {
        if case .failure = self { true } else { false }
    }
}
