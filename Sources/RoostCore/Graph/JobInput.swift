/// A value that a job of a graph will be given: known now, or what an earlier job of the graph leaves behind.
///
/// ```swift
/// $fetch(url: url).then { $resize.with(image: $0, width: 100) }   // `$0` is a JobInput<Image>
/// ```
public struct JobInput<Value: Codable & Sendable>: Sendable {
    enum Source: Sendable {
        case value(Value)
        case parents(InputSource)
    }

    let source: Source

    init(from parents: InputSource) {
        self.source = .parents(parents)
    }

    /// A value that is known already.
    public static func value(_ value: Value) -> JobInput {
        JobInput(source: .value(value))
    }

    private init(source: Source) {
        self.source = source
    }
}

extension JobInput: ExpressibleByIntegerLiteral
where Value: ExpressibleByIntegerLiteral, Value.IntegerLiteralType == Value {
    public init(integerLiteral value: Value) {
        self = .value(value)
    }
}

/// What of which earlier jobs fills an open argument. The numbers are positions of edges into the job, so that a
/// store needs to know nothing about arguments.
enum InputSource: Sendable, Codable, Equatable {
    /// The output of one parent.
    case output(position: Int32)
    /// The ``JobFailure`` of one parent.
    case failure(position: Int32)
    /// The outputs of `count` parents, as an array; the job fails if one of them has none.
    case outputs(first: Int32, count: Int32)
    /// The ``JobOutcome`` of each of `count` parents, as an array.
    case outcomes(first: Int32, count: Int32)
}

/// A job of a graph some of whose arguments come from earlier jobs. Made by `$name.with(…)`.
public struct OpenJob<Work: Job>: Sendable {
    /// One argument: its key in the job's payload, and its value or where that comes from.
    public struct Argument: Sendable {
        let key: String
        let value: (any Encodable & Sendable)?
        let source: InputSource?

        public init<Value: Codable & Sendable>(_ key: String, _ input: JobInput<Value>) {
            self.key = key
            switch input.source {
            case .value(let value):
                self.value = value
                self.source = nil
            case .parents(let source):
                self.value = nil
                self.source = source
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
}
