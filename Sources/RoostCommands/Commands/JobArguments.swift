#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The arguments of a job as they were written.
struct JobArguments: Sendable {
    let members: [JSONMember]

    /// - Throws: a message with the place, where `text` is not one JSON object.
    init(_ text: String) throws(CommandError) {
        let value: JSONValue
        do {
            value = try JSONParser.parse(text)
        } catch {
            throw CommandError("the arguments are not JSON: \(error)\(Self.hint(for: text))", status: .usage)
        }
        guard case .object(let members) = value else {
            throw CommandError(
                "the arguments are \(value.article), and must be an object: '{\"name\": value}'",
                status: .usage
            )
        }
        self.members = members
    }

    var data: Data { Data(JSONWriter.compact(.object(members)).utf8) }

    /// Shells take double quotes away, and then every key looks like this.
    private static func hint(for text: String) -> String {
        guard text.contains("{"), !text.contains("\"") else { return "" }
        return ". Put single quotes around the whole, or the shell takes the double quotes away: '{\"name\": 1}'"
    }
}
