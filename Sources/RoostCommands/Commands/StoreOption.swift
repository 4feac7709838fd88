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
            "The store: \(StoreURL.forms(and: "or")). (default: $ROOST_STORE, else \(Self.fallback))",
            valueName: "url"
        )
    )
    var store: String?

    private static var fallback: String { App.store == nil ? App.storeURL : "the application's own" }

    /// What is to be opened.
    enum Target {
        case url(StoreURL)
        /// The application's own, which no URL names.
        case provider(StoreProvider)
    }

    /// - Throws: ``CommandError`` where the text names no store; it says where the text came from.
    func target(in environment: CommandEnvironment) throws(CommandError) -> Target {
        let named = store.map { ($0, "--store") } ?? environment.variables["ROOST_STORE"].map { ($0, "ROOST_STORE") }
        if named == nil, let provider = App.store { return .provider(provider) }
        let (text, source) = named ?? (App.storeURL, "storeURL of the application")
        return .url(try Self.url(text, from: source))
    }

    static func url(_ text: String, from source: String) throws(CommandError) -> StoreURL {
        do throws(InvalidStoreURL) {
            return try StoreURL(text)
        } catch {
            throw CommandError("\(source): \(error)", status: .usage)
        }
    }

    /// Opens the store.
    ///
    /// - Parameter mustExist: whether a file that is not there is an error, instead of being made.
    func open(mustExist: Bool, logger: Logger? = nil, in environment: CommandEnvironment) async throws -> JobQueue {
        let logger = logger ?? Self.remarks
        switch try target(in: environment) {
        case .provider(let provider):
            return try await JobQueue(provider, logger: logger)
        case .url(let url):
            try check(url, mustExist: mustExist, environment)
            return try await JobQueue(url.provider(logger: logger), logger: logger)
        }
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
    static var remarks: Logger {
        Logger(label: "roost") { label in
            LineLogHandler(label: label, level: .warning, format: .text, sink: .standardError)
        }
    }
}
