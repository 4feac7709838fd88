/// The name of the Postgres schema that a store is in.
struct SchemaName: Sendable, Hashable {
    let name: String

    /// - Returns: nil for what is no plain name.
    init?(_ name: String) {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isPlain, !name.isEmpty, name.utf8.count <= 40, !name.hasPrefix("pg_"),
            name.first.map({ !$0.isNumber }) ?? false
        else { return nil }
        self.name = name
    }

    var quoted: String { "\"\(name)\"" }

    /// The channel on which the store's processes tell each other.
    var channel: String { "\(quoted).wake" }

    /// The statement with this schema in place of `roost`, for which it was written.
    func render(_ sql: String) -> String {
        var rendered = ""
        rendered.reserveCapacity(sql.utf8.count + 64)
        var rest = sql[...]
        while let found = rest.firstRange(of: "roost.") {
            // A part of a longer name is none of ours.
            let isName = rest[..<found.lowerBound].unicodeScalars.last.map(Self.isPartOfName) ?? false
            rendered += rest[..<found.lowerBound]
            rendered += isName ? "roost." : quoted + "."
            rest = rest[found.upperBound...]
        }
        return rendered + rest
    }

    private static func isPartOfName(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar == "_" || scalar == "." || ("0"..."9").contains(scalar)
    }
}
