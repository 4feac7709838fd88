// Shared resources and hooks: all of it, as one small program.
//
//     swift run SharedResources                    # checks some comments for spam
//     swift run SharedResources --today sunday     # the same, on a day on which no jobs are done
//     swift run --traits default,Redis SharedResources --store redis://localhost

import ArgumentParser
import Foundation
import GRDB
import Logging
import Roost
import RoostCommands
import ServiceLifecycle

// MARK: Resources, one for each slot

/// The connection to the comments. Each slot of the worker opens one at its start, since a job names it in `within:`
/// below, uses it for every job it runs, and closes it at its end.
let database = WorkerLocal {
    journal.note(slotName, "connection opened")
    return try openConnection()
} close: { connection in
    try connection.close()
    journal.note(slotName, "connection closed")
}

/// The spam filter remembers what it saw, so it is neither `Sendable` nor locked: a slot runs one job at a time, and the
/// compiler keeps the filter from leaving it.
let spamFilter = WorkerLocal { SpamFilter() }

final class SpamFilter {
    private var known: [String: Bool] = [:]

    func isSpam(_ text: String) -> Bool {
        if let known = known[text] { return known }
        let isSpam = ["cheap", "casino", "click here"].contains { text.lowercased().contains($0) }
        known[text] = isSpam
        return isSpam
    }
}

// MARK: A scope that is entered for each run

/// Keeps a record of each run in a table. What Python does by a context manager around the task is a `JobScope` here.
struct Recorded: JobScope {
    @concurrent func run<Output: Sendable>(
        _ body: @concurrent (JobContext) async throws -> Output
    ) async throws -> Output {
        // `current` is the slot's own connection; any code that a job calls can ask for it.
        let connection = try await database.current
        let job = try JobContext.required
        let result: Result<Output, any Error>
        do {
            result = .success(try await body(job))
        } catch {
            result = .failure(error)
        }
        try await record(job, result.isSuccess ? "done" : "threw", in: connection)
        return try result.get()
    }

    private func record(_ job: JobContext, _ end: String, in connection: DatabaseQueue) async throws {
        try await connection.write { db in
            try db.execute(
                sql: "INSERT INTO run (comment, attempt, end) VALUES (?, ?, ?)",
                arguments: [job.headers["comment"], job.attempt, end]
            )
        }
    }
}

// MARK: The job

/// Runs inside all three, the first one outermost, and is given what the first two of them enter with.
@Job(retries: 1, backoff: .constant(.milliseconds(50)), within: database, spamFilter, Recorded())
func checkComment(id: Int, within connection: DatabaseQueue, within filter: SpamFilter) async throws -> Bool {
    let text = try await connection.read { db in
        try String.fetchOne(db, sql: "SELECT text FROM comment WHERE id = ?", arguments: [id])
    }
    guard let text else { throw CommentMissing(id: id) }
    let isSpam = filter.isSpam(text)
    // The same twice does no harm: a job may run again if its worker is killed before the store knew of its end.
    try await connection.write { db in
        try db.execute(sql: "UPDATE comment SET isSpam = ? WHERE id = ?", arguments: [isSpam, id])
    }
    return isSpam
}

struct CommentMissing: Error, CustomStringConvertible {
    let id: Int

    var description: String { "there is no comment \(id)" }
}

// MARK: The program

@main
struct SharedResources: AsyncParsableCommand {
    @Option(help: "The day to act as if it were.")
    var today = Day.today

    @Option(help: "Where the jobs live, as a URL. (default: in the SQLite file of the comments)")
    var store: String?

    func run() async throws {
        defer { removeDatabase() }
        let comments = try DatabasePool(path: databasePath)
        let provider = try store.map { try StoreURL($0).provider } ?? .sqlite(comments)
        let queue = try await JobQueue(provider, logger: Logger(label: "shared-resources"))

        let worker = Worker(queue, options: WorkerOptions(concurrency: 2))
        addHooks(to: worker)
        let checks = try await write(comments, to: queue)

        // Outside a worker a local has no value, and says so.
        do {
            _ = try await database.current
        } catch {
            print("main: \(error)\n")
        }

        // A worker is a service: it stops in order, with all that runs beside it.
        let group = ServiceGroup(services: [worker], logger: Logger(label: "shared-resources"))
        async let running: Void = group.run()
        for check in checks { await report(check) }
        await group.triggerGracefulShutdown()
        try await running

        journal.print()
        try await show(comments)
        await queue.close()
    }

    /// Hooks of one kind are called in the order in which they were added. One that throws is logged, and disturbs nothing.
    private func addHooks(to worker: Worker) {
        worker.onStartup { slot in journal.note("slot \(slot.index)", "started") }
        worker.onShutdown { slot in journal.note("slot \(slot.index)", "stopped") }

        // The Sunday rule: what throws CancelExecution here does not run.
        worker.preExecute("sunday") { [today] _ in
            if today == .sunday { throw CancelExecution("no jobs on Sunday") }
        }
        worker.preExecute { job in journal.note(name(of: job), "attempt \(job.attempt) begins") }

        // The failure printer: after each run, with what the job returned or threw.
        worker.postExecute { job, result in
            switch result {
            case .success(let value):
                journal.note(name(of: job), "attempt \(job.attempt) returned \(value)")
            case .failure(let error):
                journal.note(name(of: job), "attempt \(job.attempt) of \(job.kind) failed: \(error)")
            }
        }

        // A hook can be taken away again, by what adding it returned or by its name.
        let greeting = worker.onStartup("greeting") { _ in journal.note("never", "printed") }
        greeting.remove()
        worker.onShutdown("farewell") { _ in journal.note("never", "printed") }
        worker.removeHook(named: "farewell")
    }

    /// Writes the comments and enqueues their checks.
    private func write(_ comments: DatabasePool, to queue: JobQueue) async throws -> [JobHandle<Bool>] {
        let texts = [
            "What a lovely garden!", "CHEAP watches, click here", "How do you prune roses?", "Casino bonus!!!",
        ]
        // One more check than there are comments: its comment was deleted meanwhile, so it fails.
        let checks = (1...texts.count + 1).map { id in $checkComment(id: id).header("comment", "\(id)") }
        guard store == nil else {
            // The jobs live elsewhere: they are enqueued once what they need is there.
            try await comments.write { db in try insert(texts, in: db) }
            return try await queue.enqueue(checks)
        }
        // In one transaction: all of it is there, or nothing.
        return try await comments.write { db in
            try insert(texts, in: db)
            return try checks.map { try queue.insert($0, in: db) }
        }
    }

    private func insert(_ texts: [String], in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE comment (id INTEGER PRIMARY KEY, text TEXT NOT NULL, isSpam BOOLEAN);
                CREATE TABLE run (comment INTEGER, attempt INTEGER, end TEXT);
                """
        )
        for text in texts { try db.execute(sql: "INSERT INTO comment (text) VALUES (?)", arguments: [text]) }
    }

    /// Waits for the end of a job.
    private func report(_ check: JobHandle<Bool>) async {
        do {
            _ = try await check.value(timeout: .seconds(30))
        } catch let failure as JobFailure {
            journal.note("ended otherwise", "\(failure.kind) \(failure.state): \(failure.message)")
        } catch {
            journal.note("ended otherwise", "\(error)")
        }
    }

    /// Prints the tables.
    private func show(_ comments: DatabasePool) async throws {
        let (verdicts, runs) = try await comments.read { db in
            let verdict = "CASE isSpam WHEN 1 THEN 'spam' WHEN 0 THEN 'fine' ELSE 'not checked' END"
            return (
                try String.fetchAll(db, sql: "SELECT id || ' ' || \(verdict) || ': ' || text FROM comment ORDER BY id"),
                try String.fetchAll(db, sql: "SELECT count(*) || ' ' || end FROM run GROUP BY end ORDER BY end")
            )
        }
        print("comments")
        for verdict in verdicts { print("  \(verdict)") }
        print("\nruns")
        for run in runs.isEmpty ? ["none"] : runs { print("  \(run)") }
    }
}
