import Roost
import ServiceLifecycle
import Synchronization

/// Shows how far a search is until its last job has ended, beside the worker that does it.
final class SearchWatcher: Service {
    enum End {
        case report(DuplicateReport)
        case failed(JobFailure)
        /// Another process that worked on the same search was first to show the answer, and forgot the search.
        case shownElsewhere
    }

    private let search: Search
    private let status: StatusLine
    private let result = Mutex<End?>(nil)

    init(_ search: Search, status: StatusLine) {
        self.search = search
        self.status = status
    }

    /// How the search ended; nil where it did not yet.
    var end: End? { result.withLock { $0 } }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await self.watch() }
        } catch is CancellationError {
            // Ctrl-C: the search goes on when the program is started again.
        } catch is JobNotFound {
            result.withLock { $0 = .shownElsewhere }
        } catch let failure as JobFailure {
            result.withLock { $0 = .failed(failure) }
        }
    }

    private func watch() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await self.showProgress() }
            let report = try await search.last.value()
            result.withLock { $0 = .report(report) }
        }
    }

    private func showProgress() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        var meter = ProgressMeter()
        while true {
            let progress = try await search.progress()
            meter.add(progress.ended, at: clock.now - start)
            if status.isTerminal {
                status.draw(meter.bar(progress, columns: status.columns))
            } else if let line = meter.plainLine(progress) {
                status.write(line)
            }
            try await clock.sleep(for: .milliseconds(100))
        }
    }
}
