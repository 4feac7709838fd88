#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A job of a graph some of whose arguments come from earlier jobs. Made by `$name.with(…)`.
///
/// It takes options as any job does:
///
/// ```swift
/// $fetch(url: url).then { $resize.with(image: $0, width: 100).retries(3).timeout(.minutes(1)) }
/// ```
public struct OpenJob<Work: Job>: JobStage {
    public typealias LastOutput = Work.Output

    /// One argument: its key in the job's payload, and its value or where that comes from.
    public struct Argument: Sendable {
        let key: String
        let value: (any Encodable & Sendable)?
        let input: InputToken?

        public init<Value: Codable & Sendable>(_ key: String, _ input: JobInput<Value>) {
            self.key = key
            switch input.source {
            case .value(let value):
                self.value = value
                self.input = nil
            case .open(let token):
                self.value = nil
                self.input = token
            }
        }
    }

    let arguments: [Argument]
    var options: JobOptions

    public init(_ arguments: [Argument]) {
        self.arguments = arguments
        self.options = Work.options
    }

    /// The same job with its options changed by `change`.
    public func with(_ change: (inout JobOptions) -> Void) -> OpenJob {
        var copy = self
        change(&copy.options)
        return copy
    }

    public var graphPlan: GraphPlan<JobHandle<Work.Output>> {
        let inputs = arguments.compactMap { argument in argument.input.map { (argument.key, $0) } }
        let shape = GraphShape(job: { try newJob(by: $0, openings: $1) }, kind: Work.kind, inputs: inputs)
        return GraphPlan(shape: shape, handles: HandleSlot { $0.next(Work.self) })
    }

    private func newJob(by preparer: JobPreparer, openings: [String: InputSource]) throws -> NewJob {
        try options.validate()
        if let unique = options.unique, unique.key == nil, !openings.isEmpty {
            throw InvalidJobOption(
                "unique",
                "it has no key",
                "arguments of \(Work.kind) come from earlier jobs, so they cannot tell it apart yet: give it a key"
            )
        }
        var known = KnownArguments()
        for argument in arguments {
            guard known.keys.insert(argument.key).inserted else {
                throw GraphError.argumentGivenTwice(kind: Work.kind, key: argument.key)
            }
            if let value = argument.value { known.values.append((argument.key, value)) }
        }
        let bytes: Data
        do {
            bytes = try PayloadCodec.encode(known)
        } catch {
            throw JobEncodingError(kind: Work.kind, underlying: error)
        }
        return try preparer.newJob(
            JobTypeFacts<Work>(),
            arguments: bytes,
            options: options,
            openings: openings,
            graph: nil
        )
    }
}

/// The arguments whose values are known, as one JSON object.
private struct KnownArguments: Encodable {
    struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { self.stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    var keys: Set<String> = []
    var values: [(key: String, value: any Encodable & Sendable)] = []

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (key, value) in values { try container.encode(value, forKey: Key(key)) }
    }
}
