#if Macros
/// Turns a function into a job, or puts a job where every worker finds it.
///
/// On a global or static function it makes a type `$name` beside it, whose initialiser has the function's own labels:
///
/// ```swift
/// @Job(retries: 3, backoff: .exponential(from: .seconds(1)))
/// func checkCommentSpam(commentID: Int) async throws -> Bool { … }
///
/// try await queue.enqueue($checkCommentSpam(commentID: 42))   // runs later, in a worker
/// try await checkCommentSpam(commentID: 42)                   // runs here and now, as ever
/// ```
///
/// On a struct that conforms to ``/RoostCore/Job`` it only adds the record by which workers find it; its options
/// are `static var options`.
///
/// Each parameter is stored under its label (or its name, if it has none), so its type must be `Codable` and
/// `Sendable`, but for those that are given when the job runs: of type ``/RoostCore/JobContext`` (or an optional one,
/// nil outside a job), and labelled `within`. The first of these is the value of the first scope, the second of the
/// second one, and so on; one that is not needed is written `within _: Connection`.
///
/// A parameter that is added later needs a default value, or an optional type: jobs stored before are run with it.
/// Defaults, options and scopes are read off every actor: in a module that is isolated to the main actor by default,
/// what they name is `nonisolated let`.
///
/// A macro sees one declaration at a time, so some limits are the compiler's to report: functions of one name cannot
/// both be jobs, nor can members of a protocol's extension or of an extension of a generic type. A job that is `public`
/// needs `public import Roost` where imports are internal by default.
///
/// - Parameters:
///   - kind: the stable name under which jobs of this type are stored; by default the function's path without the
///     module, `Mailer.send`. Give one before you rename a function whose jobs may be stored, or list the old name in
///     `aliases`.
///   - aliases: earlier names of the kind.
///   - queue: the line in which its jobs stand.
///   - priority: higher goes first within the queue.
///   - delay: how long a job waits before its first attempt.
///   - expires: how long after it was enqueued a job is no longer worth starting.
///   - timeout: how long an attempt may take before it is cancelled.
///   - retries: how many more times a job is tried after it threw.
///   - backoff: how long it waits before each of them.
///   - unique: what makes another job a duplicate.
///   - headers: what every job of the kind carries along.
///   - retention: how long an outcome can be read.
///   - maxCrashes: after how many crashes of its process a job is set aside as poison.
///   - scopes: what the function runs inside of, the first one outermost.
@attached(peer, names: prefixed(`$`))
public macro Job(
    _ kind: String? = nil,
    aliases: [String] = [],
    queue: String = "default",
    priority: Int32 = 0,
    delay: Duration = .zero,
    expires: Duration? = nil,
    timeout: Duration? = nil,
    retries: Int = 0,
    backoff: Backoff = .exponential(from: .seconds(1)),
    unique: Uniqueness? = nil,
    headers: [String: String] = [:],
    retention: Duration = .days(1),
    maxCrashes: Int = 3,
    within scopes: any JobScope...
) = #externalMacro(module: "RoostMacros", type: "JobMacro")
#endif
