/// The rows as text: aligned for a terminal, or as Markdown.
struct Table {
    static let head = ["case", "store", "Roost", "peers", "×", "reference", "of it", "bar", ""]

    var rows: [Row]

    static func cells(of row: Row) -> [String] {
        func compared(_ compared: Row.Compared?) -> String {
            compared.map { "\(row.unit.text($0.spread.median))" } ?? ""
        }
        return [
            row.title,
            row.store.rawValue,
            row.roost.map { row.unit.text($0) } ?? "–",
            row.peers.map { "\(compared($0.best)) (\($0.peer.rawValue))" }.joined(separator: ", "),
            row.peers.compactMap(\.times).map { $0 > 1000 ? "> 1,000 ×" : "\(short($0)) ×" }.joined(separator: ", "),
            row.reference.map { "\(compared(row.reference)) (\($0.name))" } ?? "",
            row.shareOfReference.map { "\(fixed($0 * 100, 0)) %" } ?? "",
            row.bar,
            row.verdict.rawValue,
        ]
    }

    /// What has no room in a cell.
    var footnotes: [String] {
        rows.compactMap { row in
            var parts = row.notes
            for compared in row.peers.map(\.best) + [row.reference].compactMap({ $0 }) {
                let isSpecial = Peer.allCases.contains { compared.name.hasPrefix("\($0.rawValue) ") }
                guard compared.spread.rounds > 1 || isSpecial else { continue }
                parts.append("\(compared.name): \(row.unit.text(compared.spread))")
            }
            return parts.isEmpty ? nil : "\(row.title), \(row.store.rawValue): \(parts.joined(separator: "; "))"
        }
    }

    var text: String {
        let cells = [Self.head] + rows.map { Self.cells(of: $0) }
        let widths = Self.head.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        let lines = cells.map { line in
            var text = zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(
                separator: "  "
            )
            while text.last == " " { text.removeLast() }
            return text
        }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
        return ([lines[0], rule] + lines.dropFirst()).joined(separator: "\n") + "\n"
    }

    var markdown: String {
        let lines = [Self.head, Self.head.map { _ in "---" }] + rows.map { Self.cells(of: $0) }
        return lines.map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n") + "\n"
    }
}

extension Report {
    var text: String {
        let table = Table(rows: rows)
        return
            ([table.text] + table.footnotes.map { "- \($0)" } + notes.map { "- \($0)" } + [""] + machine.lines
            + [summary]).joined(separator: "\n") + "\n"
    }

    var markdown: String {
        let table = Table(rows: rows)
        return """
            \(machine.lines.map { "- \($0)" }.joined(separator: "\n"))
            - `\(command)`: \(summary)

            \(table.markdown)
            \((table.footnotes + notes).map { "- \($0)" }.joined(separator: "\n"))

            """
    }
}
