import ArgumentParser
import Logging
import RoostCore

/// How a log record becomes a line.
enum LogFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// For people: `2026-11-23T17:09:00.123Z info roost: worker started slots="4 tasks" store=sqlite:app.db`
    case text
    /// For programs: one JSON object a line.
    case json

    func line(
        time: Timestamp,
        level: Logger.Level,
        label: String,
        message: String,
        metadata: Logger.Metadata
    ) -> String {
        let sorted = metadata.sorted { $0.key < $1.key }
        switch self {
        case .text: return Self.text(time, level, label, message, sorted)
        case .json: return Self.json(time, level, label, message, sorted)
        }
    }

    private static func json(
        _ time: Timestamp,
        _ level: Logger.Level,
        _ label: String,
        _ message: String,
        _ metadata: [(key: String, value: Logger.MetadataValue)]
    ) -> String {
        var record: [JSONMember] = [
            JSONMember(key: "time", value: .string(time.description)),
            JSONMember(key: "level", value: .string(level.rawValue)),
            JSONMember(key: "logger", value: .string(label)),
            JSONMember(key: "message", value: .string(message)),
        ]
        if !metadata.isEmpty {
            let members = metadata.map { JSONMember(key: $0.key, value: json($0.value)) }
            record.append(JSONMember(key: "metadata", value: .object(members)))
        }
        return JSONWriter.compact(.object(record)) + "\n"
    }

    private static func json(_ value: Logger.MetadataValue) -> JSONValue {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string(value.description)
        case .array(let elements): .array(elements.map(json))
        case .dictionary(let members):
            .object(members.sorted { $0.key < $1.key }.map { JSONMember(key: $0.key, value: json($0.value)) })
        @unknown default: .string("\(value)")
        }
    }

    private static func text(
        _ time: Timestamp,
        _ level: Logger.Level,
        _ label: String,
        _ message: String,
        _ metadata: [(key: String, value: Logger.MetadataValue)]
    ) -> String {
        var line = "\(time) \(level.rawValue) \(label): \(message.escaped)"
        var below = ""
        for (key, value) in metadata {
            let text = value.description
            if text.contains(where: \.isNewline) {
                // A stack is to be read. Indented, so that no line of it can be taken for a record.
                below += "    \(key.escaped):\n"
                for part in text.split(whereSeparator: \.isNewline) { below += "        \(String(part).escaped)\n" }
            } else {
                line += " \(key.escaped)=\(text.quotedIfNeeded)"
            }
        }
        return line + "\n" + below
    }
}

extension String {
    /// The text without control characters: they could forge lines, or steer a terminal.
    var escaped: String {
        guard unicodeScalars.contains(where: \.isControl) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            if scalar.isControl { text += scalar.escaped(asASCII: true) } else { text.unicodeScalars.append(scalar) }
        }
        return text
    }

    fileprivate var quotedIfNeeded: String {
        guard isEmpty || contains(where: { $0 == " " || $0 == "\"" || $0 == "=" }) else { return escaped }
        return "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"").escaped + "\""
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { value < 0x20 || (0x7F..<0xA0).contains(value) }
}
