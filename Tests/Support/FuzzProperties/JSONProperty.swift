import RoostCommands

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the reader of JSON accepts, Foundation does, and it is the same after it was written and read again.
struct JSONProperty {
    func check(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let value = try? JSONParser.parse(text) else { return }
        for written in [JSONWriter.compact(value), JSONWriter.pretty(value)] {
            guard try JSONParser.parse(written) == value else {
                throw FuzzFailure("\(text) became \(written)")
            }
        }
        guard (try? JSONDecoder().decode(Anything.self, from: Data(text.utf8))) != nil else {
            throw FuzzFailure("Foundation does not read \(text)")
        }
    }

    /// Any JSON, looked at and thrown away.
    private struct Anything: Decodable {
        private struct Key: CodingKey {
            var stringValue: String
            var intValue: Int?
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            if let members = try? decoder.container(keyedBy: Key.self) {
                for key in members.allKeys { _ = try members.decode(Anything.self, forKey: key) }
            } else if var elements = try? decoder.unkeyedContainer() {
                while !elements.isAtEnd { _ = try elements.decode(Anything.self) }
            }
        }
    }
}
