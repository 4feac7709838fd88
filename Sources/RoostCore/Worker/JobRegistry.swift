#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The job types that a worker can run, by the kinds under which their jobs are stored.
struct JobRegistry: Sendable {
    /// One job type, with its associated types erased.
    ///
    /// An object, since each attempt has it at hand.
    final class Entry: Sendable {
        let type: any Job.Type
        let kind: String
        let sourceLocation: JobSourceLocation?
        let options: RunOptions
        let locals: [any AnyWorkerLocal]
        /// Reads the arguments, runs the job, and encodes what it returned.
        let run: @Sendable (Data) async throws -> Completed

        init<Work: Job>(_ type: Work.Type) {
            self.type = type
            self.kind = type.kind
            self.sourceLocation = type.sourceLocation
            self.options = RunOptions(type.options)
            self.locals = type.scopes.compactMap { $0 as? any AnyWorkerLocal }
            let reader = ArgumentReader<Work>()
            self.run = { bytes in
                let output = try await reader.job(from: bytes).run()
                return Completed(value: output, encoded: Result { try Work.encode(output: output) })
            }
        }
    }

    /// What a job returned, and its bytes.
    struct Completed: Sendable {
        let value: any Sendable
        let encoded: Result<Data?, any Error>
    }

    private let entries: [String: Entry]
    /// All kinds and aliases, sorted.
    let kinds: [String]
    let locals: [any AnyWorkerLocal]

    /// - Throws: ``DuplicateJobKind`` if two types claim one kind.
    init(_ types: [any Job.Type]) throws {
        var entries: [String: Entry] = [:]
        var locals: [any AnyWorkerLocal] = []
        for type in types {
            let entry = Entry(type)
            for kind in [entry.kind] + type.aliases {
                if let other = entries[kind] {
                    // The same type may be both discovered and given.
                    if other.type == entry.type { continue }
                    throw DuplicateJobKind(kind: kind, first: Self.place(of: other), second: Self.place(of: entry))
                }
                entries[kind] = entry
            }
            for local in entry.locals where !locals.contains(where: { $0 === local }) { locals.append(local) }
        }
        self.entries = entries
        self.kinds = entries.keys.sorted()
        self.locals = locals
    }

    subscript(kind: String) -> Entry? { entries[kind] }

    private static func place(of entry: Entry) -> String {
        let name = String(reflecting: entry.type)
        return entry.sourceLocation.map { "\(name) at \($0)" } ?? name
    }
}

/// Two job types claim the same kind, so that a worker could not tell whose a stored job is.
public struct DuplicateJobKind: Error, Equatable, CustomStringConvertible {
    public let kind: String
    public let first: String
    public let second: String

    public var description: String {
        """
        two jobs are of the kind '\(kind)': \(first) and \(second). Give one of them another kind: @Job("…") on a \
        function, static let kind in a struct
        """
    }
}

/// The stored arguments of a job cannot be read as its type: one of the two has changed.
struct UndecodablePayload: Error, CustomStringConvertible {
    let kind: String
    let underlying: any Error

    var description: String {
        switch underlying {
        case DecodingError.keyNotFound(let key, _):
            "the stored arguments have no '\(key.stringValue)': give the parameter a default, if it was added later"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "the stored argument '\(Self.path(context))' is of another type: \(context.debugDescription)"
        case DecodingError.dataCorrupted(let context):
            "the stored arguments are not what \(kind) takes: \(Self.path(context)) \(context.debugDescription)"
        default:
            "the stored arguments cannot be read: \(underlying)"
        }
    }

    private static func path(_ context: DecodingError.Context) -> String {
        context.codingPath.map(\.stringValue).joined(separator: ".")
    }
}
