/// What `psql --csv` writes.
enum CSV {
    static func rows(_ text: String) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var hasClosed = false
        func endField() {
            row.append(String(decoding: field, as: UTF8.self))
            field = []
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""):
                // Within quotes one is doubled: the second opens again what the first has closed.
                if hasClosed { field.append(byte) }
                hasClosed = isQuoted
                isQuoted.toggle()
                continue
            case UInt8(ascii: ",") where !isQuoted: endField()
            case UInt8(ascii: "\n") where !isQuoted:
                endField()
                rows.append(row)
                row = []
            default: field.append(byte)
            }
            hasClosed = false
        }
        return rows
    }
}
