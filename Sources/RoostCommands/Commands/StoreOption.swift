import ArgumentParser
import Logging
import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Which store a command works on.
struct StoreOption<App: RoostApp>: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The store: sqlite:PATH or memory:. (default: $ROOST_STORE, else \(Self.fallback))",
            valueName: "url"
        )
    )
    var store: String?

    private static var fallback: String { App.store == nil ? App.storeURL : "the application's own" }

    /// Opens the store.
    ///
    /// - Parameter mustExist: whether a file that is not there is an error, instead of being made.
    func open(mustExist: Bool, logger: Logger? = nil, in environment: CommandEnvironment) async throws -> JobQueue {
        let logger = logger ?? Self.remarks
        let named = store.map { ($0, "--store") } ?? environment.variables["ROOST_STORE"].map { ($0, "ROOST_STORE") }
        if named == nil, let provider = App.store {
            return try await JobQueue(provider, logger: logger)
        }
        let (text, source) = named ?? (App.storeURL, "storeURL of the application")
        let url: StoreURL
        do {
            url = try StoreURL(text)
        } catch {
            throw CommandError("\(source): \(error)", status: .usage)
        }
        try check(url, mustExist: mustExist, environment)
        return try await JobQueue(url.provider, logger: logger)
    }

    private func check(_ url: StoreURL, mustExist: Bool, _ environment: CommandEnvironment) throws(CommandError) {
        guard case .sqlite(let path, _) = url.place, !FileManager.default.fileExists(atPath: path) else { return }
        let file = URL(filePath: path).standardizedFileURL.path
        guard !mustExist else {
            throw CommandError(
                """
                there is no database at \(file): the first worker or enqueue makes it; --store or ROOST_STORE names \
                another
                """
            )
        }
        environment.note("there was no database at \(file): it is made now")
    }

    /// Where a command that is no worker tells of trouble.
    private static var remarks: Logger {
        Logger(label: "roost") { label in
            LineLogHandler(label: label, level: .warning, format: .text, sink: .standardError)
        }
    }
}
