/// Rows of text in columns, as wide as their widest cell.
struct TextTable {
    enum Side {
        case left
        case right
    }

    /// On which side each column is aligned.
    let columns: [Side]
    var rows: [[String]] = []

    var text: String {
        let widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            let cells = zip(zip(row, widths), columns).map { cell, side in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return side == .left ? cell.0 + padding : padding + cell.0
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
        return lines.joined(separator: "\n")
    }
}
