import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A job that was asked for on the command line.
struct JobDraft {
    let kind: String
    let arguments: JobArguments
    let options: EnqueueOptions
    let allowsAnyKind: Bool
    let catalog: KindCatalog

    /// A draft that can be stored.
    struct Checked {
        /// Whether the kind's type is in this program.
        var isKnown: Bool
        /// What a person should know, although it can be stored.
        var remarks: [String] = []
        var submit: @Sendable (JobQueue) async throws -> JobQueue.Submission
    }

    /// - Throws: what is wrong with the kind, the arguments or the options.
    func check() throws(CommandError) -> Checked {
        if let type = catalog[kind] { return try check(type) }
        guard catalog.isEmpty || allowsAnyKind else { throw unknownKind }
        guard options.typed.isEmpty else {
            throw CommandError(
                """
                \(options.typed.joined(separator: " and ")) cannot be set here: only the program that has the kind \
                '\(kind)' knows its other options. Use that program's own command line
                """,
                status: .usage
            )
        }
        guard !kind.isEmpty else { throw CommandError("the kind is empty", status: .usage) }
        let kind = kind
        let data = arguments.data
        let options = try options.applied(to: JobOptions())
        return Checked(isKnown: false) { try await $0.submit(kind: kind, arguments: data, options: options) }
    }

    private func check<Work: Job>(_ type: Work.Type) throws(CommandError) -> Checked {
        let job: Work
        do {
            job = try PayloadCodec.decode(Work.self, from: arguments.data)
        } catch {
            let problem = ArgumentProblem(error, kind: kind)
            throw CommandError(problem.description, status: .usage)
        }
        let options = try options.applied(to: Work.options)
        return Checked(isKnown: true, remarks: ignored(by: job).map { remark(ignored: $0) }) { queue in
            try await queue.submit(JobRequest(job, options: options))
        }
    }

    /// The keys that were given and that the job does not have: a decoder skips them, so a slip of the pen in an
    /// optional argument would go unseen.
    private func ignored(by job: some Job) -> [String] {
        guard let bytes = try? PayloadCodec.encode(job),
            let text = String(validating: bytes, as: UTF8.self),
            case .object(let taken)? = try? JSONParser.parse(text)
        else { return [] }
        let keys = Set(taken.map(\.key))
        return arguments.members.filter { $0.value != .null && !keys.contains($0.key) }.map(\.key)
    }

    private func remark(ignored key: String) -> String {
        "\(kind) has no argument '\(key)': it is left out"
    }

    private var unknownKind: CommandError {
        let guess = catalog.nearest(to: kind).map { " Is it '\($0)'?" } ?? ""
        return CommandError(
            """
            this program has no job of the kind '\(kind)'.\(guess) It has: \(catalog.kinds.joined(separator: ", ")). \
            To store one for another program, give --any-kind
            """,
            status: .usage
        )
    }
}

/// Why JSON is not the arguments of a job.
struct ArgumentProblem: CustomStringConvertible {
    let description: String

    init(_ error: any Error, kind: String) {
        let reason =
            switch error {
            case DecodingError.keyNotFound(let key, let context):
                "the argument '\(Self.path(context.codingPath + [key]))' is missing"
            case DecodingError.valueNotFound(_, let context):
                "the argument '\(Self.path(context.codingPath))' cannot be null"
            case DecodingError.typeMismatch(let type, let context):
                "the argument '\(Self.path(context.codingPath))' is of another type: \(type) is wanted"
            case DecodingError.dataCorrupted(let context):
                "the argument '\(Self.path(context.codingPath))' is not right: \(context.debugDescription)"
            default:
                "\(error)"
            }
        self.description = "these are not the arguments of \(kind): \(reason)"
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
}
