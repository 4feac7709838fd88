/// The command line of one of this program's processes: `name --key value --flag`.
struct Arguments {
    let command: String
    private var values: [String: String] = [:]

    init(_ words: [String]) throws(UsageError) {
        guard let command = words.first, !command.hasPrefix("-") else { throw UsageError("no command is given") }
        self.command = command
        var index = 1
        while index < words.count {
            guard words[index].hasPrefix("--") else { throw UsageError("'\(words[index])' is not an option") }
            let key = String(words[index].dropFirst(2))
            let hasValue = index + 1 < words.count && !words[index + 1].hasPrefix("--")
            values[key] = hasValue ? words[index + 1] : ""
            index += hasValue ? 2 : 1
        }
    }

    func has(_ key: String) -> Bool { values[key] != nil }

    func text(_ key: String) -> String? { values[key] }

    func required(_ key: String) throws(UsageError) -> String {
        guard let text = values[key], !text.isEmpty else { throw UsageError("--\(key) is missing") }
        return text
    }

    func number(_ key: String, default fallback: Int) throws(UsageError) -> Int {
        guard let text = values[key] else { return fallback }
        guard let number = Int(text), number >= 0 else { throw UsageError("--\(key) '\(text)' is not a number") }
        return number
    }

    /// A duration in milliseconds.
    func milliseconds(_ key: String, default fallback: Duration) throws(UsageError) -> Duration {
        values[key] == nil ? fallback : .milliseconds(try number(key, default: 0))
    }

    func seed() throws(UsageError) -> UInt64? {
        guard let text = values["seed"] else { return nil }
        guard let seed = UInt64(text) else { throw UsageError("--seed '\(text)' is not a number") }
        return seed
    }

    /// Those that `--store` names, else all.
    func stores() throws(UsageError) -> [StoreKind] {
        guard let text = values["store"] else { return StoreKind.allCases }
        guard let kind = StoreKind(rawValue: text) else {
            throw UsageError("--store is \(StoreKind.allCases.map(\.rawValue).joined(separator: " or "))")
        }
        return [kind]
    }

    /// Refuses options that no command knows, so that a misspelt one is not passed over.
    func checkKeys(_ known: Set<String>) throws(UsageError) {
        for key in values.keys.sorted() where !known.contains(key) {
            throw UsageError("'\(command)' has no option --\(key)")
        }
    }
}

/// The command line cannot be followed.
struct UsageError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
