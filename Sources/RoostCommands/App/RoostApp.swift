public import RoostCore
public import ServiceLifecycle

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A command line for an application's jobs: it runs them, enqueues them and shows them.
///
/// ```swift
/// import Roost
/// import RoostCommands
///
/// @Job func greet(name: String) async throws -> String { "Hello, \(name)" }
///
/// @main struct App: RoostApp {}
/// ```
///
/// ```
/// $ app worker --concurrency 8
/// $ app enqueue greet '{"name": "Ada"}'
/// $ app job 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071
/// $ app counts
/// ```
///
/// Everything below has a default; give what differs. An option of the command line goes before it.
public protocol RoostApp {
    /// The store, where neither `--store` nor the variable `ROOST_STORE` names one. `sqlite:roost.db` by default.
    static var storeURL: String { get }

    /// A store that no URL can name, in place of ``storeURL``; nil by default.
    static var store: StoreProvider? { get }

    /// Jobs beside those declared with `@Job`, which are found by themselves.
    static var jobs: [any Job.Type] { get }

    /// ``/RoostCore/WorkerLocal``s to open at each slot's start although no `within:` names them.
    static var locals: [any JobScope] { get }

    /// How the worker works.
    static var workerOptions: WorkerOptions { get }

    /// What runs beside the worker, in its process. It is started before the worker and stopped after it, and the
    /// whole shutdown has the worker's grace.
    static var services: [any Service] { get }

    /// Whether the command `worker` sets up swift-log for the whole process. Where the application did it itself,
    /// before it called `main()`: false.
    static var bootstrapsLogging: Bool { get }

    /// Adds hooks to the worker before it starts.
    static func configure(_ worker: Worker) async throws
}

extension RoostApp {
    public static var storeURL: String { "sqlite:roost.db" }
    public static var store: StoreProvider? { nil }
    public static var jobs: [any Job.Type] { [] }
    public static var locals: [any JobScope] { [] }
    public static var workerOptions: WorkerOptions { WorkerOptions() }
    public static var services: [any Service] { [] }
    public static var bootstrapsLogging: Bool { true }
    public static func configure(_ worker: Worker) async throws {}

    /// Does what the process's arguments say, and ends the process: with 0, with 1 after an error, with 64 where the
    /// arguments make no sense.
    public static func main() async {
        exit(await CommandLineRunner<Self>.run(Array(CommandLine.arguments.dropFirst()), in: .live))
    }
}
