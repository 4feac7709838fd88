import Roost

/// One search of one folder, as it stands in the store: a job a file, and a last one that gathers.
struct Search {
    /// How far it is.
    struct Progress {
        /// The jobs that hash a file.
        var total = 0
        var hashed = 0
        var unreadable = 0
        /// In the hands of a worker.
        var running = 0

        var ended: Int { hashed + unreadable }
    }

    let queue: JobQueue
    /// The line that its jobs stand in: one of its own, so that jobs of other searches are neither run nor counted.
    let line: String
    let last: JobHandle<DuplicateReport>

    /// The header of the last job by which a search is found again.
    private static let folderHeader = "folder"

    /// Stores a search: all of it or, where the process dies meanwhile, nothing.
    static func start(of contents: Folder.Contents, in folder: Folder, on queue: JobQueue) async throws -> Search {
        let line = "search-\(JobID())"
        let graph = group(contents.files.map { $hashFile(path: $0).queue(line) }).thenOutcomes { outcomes in
            $findDuplicates.with(
                folder: folder.path,
                unreadableFolders: contents.unreadable,
                files: outcomes
            )
            .queue(line).header(folderHeader, folder.path.description)
        }
        let (_, last) = try await queue.enqueue(graph)
        return Search(queue: queue, line: line, last: last)
    }

    /// The search of this folder that an earlier process began, and whose answer was not shown yet.
    static func unfinished(of folder: Folder, on queue: JobQueue) async throws -> Search? {
        var query = JobQuery(kind: $findDuplicates.kind)
        while true {
            let page = try await queue.store.list(query)
            for job in page where job.headers[folderHeader] == folder.path.description {
                return Search(queue: queue, line: job.queue, last: queue.handle(for: job.id, of: $findDuplicates.self))
            }
            guard page.count == query.limit else { return nil }
            query.after = page.last?.id
        }
    }

    func progress() async throws -> Progress {
        var progress = Progress()
        for lane in try await queue.counts() where lane.queue == line && lane.kind == $hashFile.kind {
            progress.total = lane.byState.values.reduce(0, +)
            progress.hashed = lane.byState[.succeeded, default: 0]
            progress.running = lane.byState[.running, default: 0]
            progress.unreadable = lane.byState[.failed, default: 0]
        }
        return progress
    }

    /// Ends the search before its time, and forgets it.
    func abandon() async throws {
        try await queue.cancelGraph(of: last.id, why: "begun anew")
        try await forget()
    }

    /// Forgets a search that has ended, so that the next one begins anew. What its other jobs left behind goes when their
    /// retention is over.
    func forget() async throws {
        try await queue.perform(.delete(last.id), why: "its answer was shown")
    }
}
