/// Writes a ``JSONValue`` as text.
package struct JSONWriter {
    /// Whether each value gets a line of its own, indented by two spaces a level.
    var isPretty: Bool
    private var text = ""

    init(isPretty: Bool) {
        self.isPretty = isPretty
    }

    package static func compact(_ value: JSONValue) -> String { JSONWriter(isPretty: false).text(of: value) }
    package static func pretty(_ value: JSONValue) -> String { JSONWriter(isPretty: true).text(of: value) }

    func text(of value: JSONValue) -> String {
        var writer = JSONWriter(isPretty: isPretty)
        writer.write(value, depth: 0)
        return writer.text
    }

    private mutating func write(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .number(let digits): text += digits
        case .string(let string): write(string)
        case .array(let elements):
            writeList(elements, "[", "]", depth) { $0.write($1, depth: depth + 1) }
        case .object(let members):
            writeList(members, "{", "}", depth) { writer, member in
                writer.write(member.key)
                writer.text += writer.isPretty ? ": " : ":"
                writer.write(member.value, depth: depth + 1)
            }
        }
    }

    private mutating func writeList<Element>(
        _ elements: [Element],
        _ open: String,
        _ close: String,
        _ depth: Int,
        _ write: (inout JSONWriter, Element) -> Void
    ) {
        text += open
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            breakLine(depth + 1)
            write(&self, element)
        }
        if !elements.isEmpty { breakLine(depth) }
        text += close
    }

    private mutating func breakLine(_ depth: Int) {
        guard isPretty else { return }
        text += "\n"
        text += String(repeating: "  ", count: depth)
    }

    private mutating func write(_ string: String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            // The upper control characters are allowed in JSON, and can steer a terminal.
            case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
