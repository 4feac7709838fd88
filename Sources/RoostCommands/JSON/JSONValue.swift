/// A JSON value as it is written: numbers keep their digits, and objects their order.
///
/// A decoder for arbitrary JSON would turn a large number into a rounded one, and what an operator is shown must be
/// what is stored.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])
}

/// One key of a JSON object with its value.
package struct JSONMember: Hashable, Sendable {
    package var key: String
    package var value: JSONValue
}

extension JSONValue {
    /// The text, or null where there is none.
    init(_ text: String?) {
        self = text.map { .string($0) } ?? .null
    }

    init(_ number: some BinaryInteger) {
        self = .number("\(number)")
    }

    /// The value of a key, if this is an object that has it.
    subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// What it is, with its article, for messages.
    var article: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
}

extension JSONValue: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int) { self = .number("\(value)") }
}

extension JSONValue: ExpressibleByBooleanLiteral {
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSONValue: ExpressibleByArrayLiteral {
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { JSONMember(key: $0.0, value: $0.1) })
    }
}
