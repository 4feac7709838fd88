import Foundation
import ProcessSupport
import RoostCore
import RoostSQLite
import Testing

/// Workers as processes, killed and trapped.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CrashProcessTests {
    private func queue(in folder: String) async throws -> JobQueue {
        try await JobQueue(.sqlite("\(folder)/roost.db"))
    }

    /// Waits until `condition` holds of the job.
    private func wait(
        for id: JobID,
        in queue: JobQueue,
        until condition: (JobSnapshot) -> Bool
    ) async throws -> JobSnapshot {
        let start = ContinuousClock.now
        while true {
            let job = try #require(try await queue.job(id))
            if condition(job) { return job }
            try #require(ContinuousClock.now - start < .seconds(30), "\(job)")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func submit(_ kind: String, _ arguments: String = "{}", to queue: JobQueue) async throws -> JobID {
        let job = NewJob(kind: kind, payload: Payload(bytes: Data(arguments.utf8)))
        _ = try await queue.store.enqueue(EnqueueBatch(jobs: [job]))
        return job.id
    }

    @Test(
        "a job whose worker is killed with kill -9 runs again in another at once, and is cancelled from a third process"
    )
    func killed() async throws {
        try await withFolder { folder in
            let queue = try await queue(in: folder)
            let nap = try await submit("Nap", #"{"seconds": 600}"#, to: queue)
            let first = try Program("WorkerApp", ["worker", "--concurrency", "1"], in: folder)
            let running = try await wait(for: nap, in: queue) { $0.state == .running }
            let second = try Program("WorkerApp", ["worker", "--concurrency", "1"], in: folder)
            // The second is there when it has run something.
            let sum = try await submit("Add", #"{"left": 1, "right": 2}"#, to: queue)
            _ = try await wait(for: sum, in: queue) { $0.state == .succeeded }
            first.send(SIGKILL)
            // Its lease had most of 30 seconds left.
            let again = try await wait(for: nap, in: queue) { $0.state == .running && $0.token != running.token }
            #expect(again.attempt == 1)
            #expect(again.crashes == 1)
            let answer = try await queue.perform(.cancel(nap), why: "a test")
            #expect(answer.result == .requested)
            let cancelled = try await wait(for: nap, in: queue) { $0.state.isFinished }
            #expect(cancelled.state == .cancelled)
            #expect(try await queue.store.attempts(of: nap).map(\.failure.reason) == [.crashed, .cancelled])
            second.send(SIGTERM)
            #expect(try await second.result().status == 0)
            _ = try await first.result()
            await queue.close()
        }
    }

    @Test("a job that takes its process down is set aside after three crashes, alone; the jobs beside it finish")
    func poison() async throws {
        try await withFolder { folder in
            let queue = try await queue(in: folder)
            var innocents: [JobID] = []
            for number in 0..<20 {
                innocents.append(try await submit("Add", #"{"left": \#(number), "right": 1}"#, to: queue))
            }
            let trap = try await submit("Trap", to: queue)
            for number in 20..<40 {
                innocents.append(try await submit("Add", #"{"left": \#(number), "right": 1}"#, to: queue))
            }
            var starts = 0
            while try await queue.job(trap)?.state != .failed {
                starts += 1
                try #require(starts < 10)
                let worker = try Program("WorkerApp", ["worker", "--concurrency", "4"], in: folder)
                // It ends by itself each time, but for the last one, which finds nothing that crashes.
                async let result = worker.result()
                let isOver = Task { try await wait(for: trap, in: queue) { $0.state == .failed } }
                if starts > 3 {
                    _ = try await isOver.value
                    worker.send(SIGTERM)
                } else {
                    isOver.cancel()
                }
                _ = try await result
            }
            let failed = try #require(try await queue.job(trap))
            #expect(failed.failure?.reason == .poison)
            #expect(failed.crashes == 3)
            let last = try Program("WorkerApp", ["worker"], in: folder)
            innocents.append(try await submit("Add", #"{"left": 1, "right": 1}"#, to: queue))
            for id in innocents {
                let job = try await wait(for: id, in: queue) { $0.state.isFinished }
                #expect(job.state == .succeeded)
            }
            last.send(SIGTERM)
            #expect(try await last.result().status == 0)
            await queue.close()
        }
    }
}
