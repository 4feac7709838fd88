/// The answer: which files are copies of one another, and the space they take. The same files give the same report.
struct DuplicateReport: Codable, Sendable {
    /// Files of the same content, in the order of their paths.
    struct Group: Codable, Sendable {
        /// The bytes of one of them.
        var size: Int
        /// For each file its path, then its further hard links.
        var files: [[FilePath]]

        var copies: Int { files.count - 1 }
        /// The bytes that all but one of them take.
        var wasted: Int { size * copies }
    }

    var folder: FilePath
    var fileCount = 0
    /// The bytes of all files, each counted once however many links it has.
    var size = 0
    var emptyCount = 0
    var hardLinkCount = 0
    /// Those that take the most space first.
    var groups: [Group] = []
    /// What could not be read, with the reason.
    var unreadable: [String]

    init(folder: FilePath, files: [FileHash], unreadable: [String]) {
        self.folder = folder
        self.fileCount = files.count
        self.unreadable = unreadable.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        // Empty files are all the same, and take no space: they are counted, and no duplicates.
        self.emptyCount = files.count { $0.size == 0 }
        let identical = Dictionary(grouping: files.lazy.filter { $0.size > 0 }, by: \.sha256)
        for files in identical.values {
            let group = Group(size: files[0].size, files: Self.linked(files))
            size += group.size * group.files.count
            hardLinkCount += files.count - group.files.count
            if group.copies > 0 { groups.append(group) }
        }
        groups.sort { ($1.wasted, $0.files[0][0]) < ($0.wasted, $1.files[0][0]) }
    }

    /// The paths of each file together, in order.
    private static func linked(_ files: [FileHash]) -> [[FilePath]] {
        Dictionary(grouping: files) { [$0.device, $0.inode] }.values
            .map { $0.map(\.path).sorted() }
            .sorted { $0[0] < $1[0] }
    }
}

extension DuplicateReport {
    /// The report in words.
    ///
    /// - Parameter limit: how many groups to list; nil: all.
    func text(limit: Int?) -> String {
        var lines: [String] = []
        for group in groups.prefix(limit ?? groups.count) {
            lines.append("\(group.files.count) files of \(group.size.grouped) bytes, \(group.wasted.grouped) too many:")
            for file in group.files {
                lines.append("  \(file[0])")
                lines += file.dropFirst().map { "    and its hard link \($0)" }
            }
            lines.append("")
        }
        if let limit, groups.count > limit {
            lines += [
                "… and \((groups.count - limit).grouped) smaller groups: list them with --all, or by a pipe.", "",
            ]
        }
        if !unreadable.isEmpty {
            lines.append("Could not be read:")
            lines += unreadable.map { "  \($0)" }
            lines.append("")
        }
        let copies = groups.reduce(0) { $0 + $1.copies }
        let wasted = groups.reduce(0) { $0 + $1.wasted }
        lines += [
            "Searched:    \(folder)",
            "Files:       \(fileCount.grouped), of \(size.inBytes)",
            "Duplicates:  \(copies.grouped) in \(groups.count.grouped) groups; they take \(wasted.inBytes)",
            "Also:        \(emptyCount.grouped) empty, \(hardLinkCount.grouped) hard links, "
                + "\(unreadable.count.grouped) not readable",
        ]
        return lines.joined(separator: "\n")
    }
}

extension Int {
    /// `1,234,567`
    var grouped: String {
        var digits = Array("\(magnitude)")
        for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
        return (self < 0 ? "-" : "") + String(digits)
    }

    /// `1,234,567 bytes (1.2 MB)`
    fileprivate var inBytes: String {
        var value = Double(self)
        var unit = ""
        for next in ["kB", "MB", "GB", "TB"] where value >= 1000 {
            value /= 1000
            unit = next
        }
        guard !unit.isEmpty else { return "\(grouped) bytes" }
        let tenths = Int((value * 10).rounded())
        return "\(grouped) bytes (\(tenths / 10).\(tenths % 10) \(unit))"
    }
}
