import ArgumentParser
import Foundation
import Logging
import Roost
import RoostCommands
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Finds duplicate files as a durable job system would: one job a file hashes it, a last one gathers.
@main
struct DuplicateFiles: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finds the duplicate files below a folder: one job a file, and a last one that gathers.",
        discussion: """
            The jobs live in a database, so that a search that was killed goes on where it was when the program is \
            started again. Started a second time meanwhile, the two share the work. Once its answer was shown a search \
            is over, and the next one begins anew.

            The answer goes to the standard output; what is told on the way goes to the standard error.
            """
    )

    @Argument(help: "The folder to search.")
    var folder = "/usr/share"

    @Option(name: .shortAndLong, help: "How many files to hash at a time.")
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "The database of the jobs. (default: duplicate-files.db in your cache folder)")
    var database: String?

    @Option(help: ArgumentHelp("Another store for the jobs: redis://localhost.", valueName: "url"))
    var store: String?

    @Flag(help: "Forget what an earlier search of the folder did, and begin anew.")
    var fresh = false

    @Flag(help: "List all groups of duplicates in a terminal too, and not the largest alone.")
    var all = false

    func validate() throws {
        guard 1...1000 ~= jobs else { throw ValidationError("--jobs lies between 1 and 1000.") }
        guard database == nil || store == nil else {
            throw ValidationError("There is --database or --store, not both.")
        }
    }

    func run() async throws {
        let status = StatusLine()
        let folder = try Folder(at: folder)
        let url = try store.map { try StoreURL($0) } ?? StoreURL(.sqlite(path: try databasePath(), synchronous: .full))
        let queue = try await JobQueue(url.provider(logger: Self.logger), logger: Self.logger)
        do {
            let search = try await search(folder, storedAt: url, on: queue, status)
            try await work(search, status)
        } catch {
            status.clear()
            await queue.close()
            throw error
        }
        await queue.close()
    }

    /// The search to go on with, or a new one.
    private func search(
        _ folder: Folder,
        storedAt url: StoreURL,
        on queue: JobQueue,
        _ status: StatusLine
    ) async throws -> Search {
        if let earlier = try await Search.unfinished(of: folder, on: queue) {
            guard fresh else {
                let progress = try await earlier.progress()
                let (ended, total) = (progress.ended.grouped, progress.total.grouped)
                status.write("resuming: \(ended) of \(total) files were hashed by an earlier run")
                if progress.running > 0 {
                    status.write(
                        "at most \(progress.running.grouped) more, which were in its hands, are hashed a second time"
                    )
                }
                return earlier
            }
            try await earlier.abandon()
        }
        // What earlier searches left behind.
        while try await queue.store.prune() >= StoreLimits.jobsAStep {}
        var database: FilePath?
        if case .sqlite(let path, _) = url.place { database = try FilePath(resolving: path) }
        let contents = folder.contents(without: database) { count in
            status.draw("searching \(folder.path): \(count.grouped) files")
        }
        status.write("found \(contents.files.count.grouped) files in \(folder.path); each is a job")
        if contents.elsewhere > 0 {
            status.write("left out \(contents.elsewhere.grouped) folders that are on other file systems")
        }
        status.draw("storing the jobs")
        return try await Search.start(of: contents, in: folder, on: queue)
    }

    /// Works until the answer is there, or until Ctrl-C.
    private func work(_ search: Search, _ status: StatusLine) async throws {
        let before = try await search.progress()
        if before.ended < before.total {
            status.write(
                """
                try it: kill -9 \(ProcessInfo.processInfo.processIdentifier) half-way, or press Ctrl-C; started again, it \
                goes on where it was
                """
            )
        }
        // Each slot on a thread of its own, since reading a file blocks.
        let options = WorkerOptions(
            concurrency: jobs,
            slots: .threads,
            queues: [search.line],
            grace: .seconds(2),
            // On a server nobody sees that this process was killed: what it held comes back after this.
            lease: .seconds(10)
        )
        let watcher = SearchWatcher(search, status: status)
        try await ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: watcher, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: Worker(search.queue, options: options)),
                ],
                gracefulShutdownSignals: [.sigint, .sigterm],
                logger: Self.logger
            )
        ).run()
        status.clear()
        let after = try await search.progress()
        switch watcher.end {
        case .report(let report):
            status.write(tally(before, after))
            print(report.text(limit: status.isTerminal && !all ? 10 : nil))
            try await search.forget()
        case .failed(let failure):
            try await search.forget()
            throw failure
        case .shownElsewhere:
            status.write(tally(before, after))
            status.write("the answer was shown by another process that worked on the same search")
        case nil:
            let (ended, total) = (after.ended.grouped, after.total.grouped)
            status.write("stopped: \(ended) of \(total) files are done; started again, it goes on there")
            throw ExitCode(130)
        }
    }

    private func tally(_ before: Search.Progress, _ after: Search.Progress) -> String {
        let here = hashedHere.load(ordering: .relaxed)
        let elsewhere = after.hashed - before.hashed - here
        var text = "hashed \(here.grouped) files in this run, \(before.hashed.grouped) in earlier ones"
        if elsewhere > 0 { text += ", \(elsewhere.grouped) in other processes meanwhile" }
        return text
    }

    /// What fails is part of the answer; only a store that does not work at all is worth a line.
    private static let logger = Logger(label: "duplicate-files") { label in
        var handler = StreamLogHandler.standardError(label: label)
        handler.logLevel = .critical
        return handler
    }

    private func databasePath() throws -> String {
        if let database { return database }
        let caches = FileManager.default.urls(for: .cachesDirectory, in: .userDomainMask).first
        let folder = (caches ?? FileManager.default.temporaryDirectory).appendingPathComponent("roost")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.appendingPathComponent("duplicate-files.db").path
    }
}
