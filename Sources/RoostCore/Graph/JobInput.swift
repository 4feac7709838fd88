/// A value that a job of a graph will be given: known now, or what an earlier job of the graph leaves behind.
///
/// ```swift
/// $fetch(url: url).then { $resize.with(image: $0, width: 100) }   // `$0` is a JobInput<Image>
/// ```
///
/// A value that is not known yet means something only inside the closure that was given it. There it may be used
/// for any job, however deep, and more than once.
public struct JobInput<Value: Codable & Sendable>: Sendable {
    enum Source: Sendable {
        case value(Value)
        case open(InputToken)
    }

    let source: Source

    init(open token: InputToken) {
        self.source = .open(token)
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
