import Foundation
import ProcessSupport
import Testing

@testable import RoostCommands

/// The worker as a process, with real signals.
@Suite(.serialized, .timeLimit(.minutes(5))) struct WorkerProcessTests {
    private func enqueue(_ kind: String, _ arguments: String = "{}", in folder: String) async throws -> String {
        let result = try await Program.run("WorkerApp", ["enqueue", kind, arguments], in: folder)
        #expect(result.status == 0, "\(result.errors)")
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func job(_ id: String, in folder: String) async throws -> JSONValue {
        // By the tool: it knows none of the application's jobs, and needs none.
        try JSONParser.parse(try await Program.run("roost", ["job", id, "--json"], in: folder).output)
    }

    /// Waits until the job is in `state`.
    private func wait(for id: String, _ state: JSONValue, in folder: String) async throws {
        let start = ContinuousClock.now
        while try await job(id, in: folder)["state"] != state {
            guard ContinuousClock.now - start < .seconds(20) else { throw CommandError("\(id) is not \(state) yet") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test("a worker runs what was enqueued, and ends with 0 at SIGTERM")
    func works() async throws {
        try await withFolder { folder in
            let sum = try await enqueue("Add", #"{"left": 1, "right": 2}"#, in: folder)
            let broken = try await enqueue("Broken", in: folder)
            let worker = try Program("WorkerApp", ["worker", "--log-format", "json"], in: folder)
            try await wait(for: sum, "succeeded", in: folder)
            try await wait(for: broken, "failed", in: folder)
            worker.send(SIGTERM)
            let result = try await worker.result()
            #expect(result.status == 0 && !result.wasKilled, "\(result.errors)")
            for line in result.errors.split(separator: "\n") { _ = try JSONParser.parse(String(line)) }
            #expect(result.output.isEmpty)
            #expect(try await job(sum, in: folder)["result"] == 3)
            let failed = try await job(broken, in: folder)
            #expect(failed["attempts"] == 2)
            #expect(failed["error"]?["message"] == "it does not work")
        }
    }

    @Test("the first signal lets a running job end", arguments: [SIGTERM, SIGINT])
    func graceful(signal: Int32) async throws {
        try await withFolder { folder in
            let id = try await enqueue("Nap", #"{"seconds": 1.5}"#, in: folder)
            let worker = try Program("WorkerApp", ["worker"], in: folder)
            try await wait(for: id, "running", in: folder)
            let late = try await enqueue("Add", #"{"left": 1, "right": 2}"#, in: folder)
            try await wait(for: late, "succeeded", in: folder)
            worker.send(signal)
            #expect(try await worker.result().status == 0)
            let job = try await job(id, in: folder)
            #expect(job["state"] == "succeeded")
            #expect(job["attempts"] == 1)
        }
    }

    @Test("a job that outlasts the grace goes back without being charged")
    func grace() async throws {
        try await withFolder { folder in
            let id = try await enqueue("Nap", #"{"seconds": 60}"#, in: folder)
            let worker = try Program("WorkerApp", ["worker", "--grace", "200ms"], in: folder)
            try await wait(for: id, "running", in: folder)
            worker.send(SIGTERM)
            #expect(try await worker.result().status == 0)
            let job = try await job(id, in: folder)
            #expect(job["state"] == "ready")
            #expect(job["attempts"] == 0)
            #expect(job["claims"] == 1)
        }
    }

    @Test("a second signal gives running jobs back at once")
    func immediate() async throws {
        try await withFolder { folder in
            let id = try await enqueue("Nap", #"{"seconds": 60}"#, in: folder)
            let worker = try Program("WorkerApp", ["worker", "--grace", "10m"], in: folder)
            try await wait(for: id, "running", in: folder)
            worker.send(SIGTERM)
            try await worker.waitToSay("no more jobs are claimed")
            let start = ContinuousClock.now
            worker.send(SIGINT)
            #expect(try await worker.result().status == 0)
            #expect(ContinuousClock.now - start < .seconds(15))
            let job = try await job(id, in: folder)
            #expect(job["state"] == "ready")
            #expect(job["attempts"] == 0)
        }
    }

    @Test("jobs that heed nothing and block every thread do not keep the process")
    func stubborn() async throws {
        try await withFolder { folder in
            let count = ProcessInfo.processInfo.activeProcessorCount + 2
            var ids: [String] = []
            for _ in 0..<count { ids.append(try await enqueue("Stubborn", #"{"seconds": 25}"#, in: folder)) }
            let worker = try Program("WorkerApp", ["worker", "--concurrency", "\(count)"], in: folder)
            for id in ids { try await wait(for: id, "running", in: folder) }
            worker.send(SIGTERM)
            try await worker.waitToSay("no more jobs are claimed")
            let start = ContinuousClock.now
            worker.send(SIGTERM)
            let result = try await worker.result()
            #expect(ContinuousClock.now - start < .seconds(15))
            #expect(result.status == 1 && !result.wasKilled)
            for id in ids {
                #expect(result.errors.contains("does not heed its cancel and is abandoned"))
                #expect(result.errors.contains(id))
                let job = try await job(id, in: folder)
                #expect(job["state"] == "ready")
                #expect(job["attempts"] == 0)
            }
        }
    }

    @Test("SIGHUP opens the log file again")
    func rotation() async throws {
        try await withFolder { folder in
            let path = "\(folder)/worker.log"
            let worker = try Program("WorkerApp", ["worker", "--log-file", path, "--log-level", "debug"], in: folder)
            let id = try await enqueue("Add", #"{"left": 1, "right": 2}"#, in: folder)
            try await wait(for: id, "succeeded", in: folder)
            try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
            worker.send(SIGHUP)
            let start = ContinuousClock.now
            while !FileManager.default.fileExists(atPath: path), ContinuousClock.now - start < .seconds(5) {
                try await Task.sleep(for: .milliseconds(10))
            }
            worker.send(SIGTERM)
            #expect(try await worker.result().status == 0)
            #expect(try String(contentsOfFile: path + ".1", encoding: .utf8).contains("worker started"))
            #expect(try String(contentsOfFile: path, encoding: .utf8).contains("worker stopped"))
        }
    }
}
