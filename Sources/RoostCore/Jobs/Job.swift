#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A unit of work that can be stored, sent elsewhere and run there: its stored properties are its arguments.
///
/// ```swift
/// struct CheckCommentSpam: Job {
///     var commentID: Int
///
///     func run() async throws -> Bool {
///         try await spamScore(of: commentID) > 0.9
///     }
/// }
///
/// let handle = try await queue.enqueue(CheckCommentSpam(commentID: 42))
/// ```
///
/// A job may run more than once: its worker may be killed after the effect and before the store knew of it.
/// The article "Delivery guarantees" of the module Roost says when, and how to write a job for which that does no harm.
///
/// The macro `@Job` writes such a type for a function, and puts any job where workers find it by themselves.
public protocol Job: Codable, Enqueueable where Work == Self {
    /// What `run()` returns: `Void`, or any `Codable` type.
    associatedtype Output: Sendable

    /// The stable name of this job type, as stored. Jobs that wait are found by it, so it must not change while
    /// any are stored; see ``aliases``. By default the type's path without its module: `Mailer.Send`.
    static var kind: String { get }

    /// Earlier names of this kind: jobs stored under them are run by this type.
    static var aliases: [String] { get }

    /// What holds for every job of the type, unless the call that enqueues it says otherwise.
    static var options: JobOptions { get }

    /// The scopes in which `run()` runs, outermost first, so that a worker can open its locals in advance.
    static var scopes: [any JobScope] { get }

    /// Where the job was written, for logs.
    static var sourceLocation: JobSourceLocation? { get }

    /// Does the work. Runs off every actor, in a slot of a worker.
    @concurrent func run() async throws -> Output

    /// The bytes to store for `output`; nil stands for `Void`.
    static func encode(output: Output) throws -> Data?

    /// The output that was stored as `data`.
    static func decode(output data: Data?) throws -> Output
}

extension Job {
    public static var kind: String { JobTypeMemory.kind(of: Self.self, defaultKind) }
    public static var aliases: [String] { [] }
    public static var options: JobOptions { .standard }
    public static var scopes: [any JobScope] { [] }
    public static var sourceLocation: JobSourceLocation? { nil }

    public var request: JobRequest<Self> { JobRequest(self) }
}

extension Job where Output == Void {
    public static func encode(output: Void) throws -> Data? { nil }
    public static func decode(output data: Data?) throws {}
}

extension Job where Output: Codable {
    public static func encode(output: Output) throws -> Data? {
        try PayloadCodec.encode(output)
    }

    public static func decode(output data: Data?) throws -> Output {
        guard let data else {
            throw JobOutputMissing(kind: kind)
        }
        return try PayloadCodec.decode(Output.self, from: data)
    }
}

/// A job that was stored with no output is read as one of a type that has one: the job's type has changed since.
public struct JobOutputMissing: Error, CustomStringConvertible {
    public let kind: String

    public var description: String {
        "the stored outcome of \(kind) holds no output, although its type has one: it was Void when the job ran"
    }
}

/// A place in a source file.
public struct JobSourceLocation: Hashable, Sendable, CustomStringConvertible {
    /// The module and the file: `App/Jobs.swift`.
    public let fileID: String
    public let line: Int

    public init(fileID: String, line: Int) {
        self.fileID = fileID
        self.line = line
    }

    public var description: String { "\(fileID):\(line)" }
}

/// The path of a type without its module, as `kind` uses it: `App.Mailer.Send` gives `Mailer.Send`, and
/// `App.Import<App.Row, Swift.Int>` gives `Import<Row, Int>`.
private func defaultKind(of type: any Job.Type) -> String {
    var path = ""
    var rest = Substring(String(reflecting: type))
    // A private type is printed as `App.(unknown context at $1034).Send`, which changes from build to build, and one in
    // an extension as `(extension in App):Other.Mailer.Send`.
    while let start = rest.firstIndex(of: "(") {
        path += rest[..<start]
        rest = rest[start...]
        let isContext = rest.hasPrefix("(unknown context at ") || rest.hasPrefix("(extension in ")
        if isContext, let end = rest.firstIndex(of: ")") {
            rest = rest[end...].dropFirst(2)
        } else {
            path += "("
            rest = rest.dropFirst()
        }
    }
    path += rest
    // What stands between two of these marks is a path, or goes on with one if it begins with a dot.
    let marks = "<>(), "
    var kind = ""
    var part = Substring(path)
    while !part.isEmpty {
        let name = part.prefix { !marks.contains($0) }
        if let dot = name.firstIndex(of: "."), dot != name.startIndex {
            kind += name[dot...].dropFirst()
        } else {
            kind += name
        }
        part = part[name.endIndex...]
        let mark = part.prefix { marks.contains($0) }
        kind += mark
        part = part[mark.endIndex...]
    }
    return kind
}
