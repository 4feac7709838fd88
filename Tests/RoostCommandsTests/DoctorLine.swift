/// What doctor says of one thing: `warning persistence snapshots alone …`.
func line(_ words: String..., in text: String) -> String? {
    text.split(separator: "\n").map(String.init).first { line in
        line.split(separator: " ").map(String.init).starts(with: words)
    }
}
