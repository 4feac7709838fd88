/// libpq's `keyword=value` strings. Read here and not by libpq, which refuses options that are not its own.
enum ConnectionString {
    /// Values are quoted by `'`; within, and without, `\` stands before a `'` or `\` that is meant.
    static func read(_ text: String) throws(InvalidPostgresURL) -> [LibPQOptions.Option] {
        var options: [LibPQOptions.Option] = []
        var rest = text[...]
        while true {
            rest = rest.drop(while: \.isWhitespace)
            guard !rest.isEmpty else { return options }
            let name = rest.prefix { $0 != "=" && !$0.isWhitespace }
            rest = rest.dropFirst(name.count).drop(while: \.isWhitespace)
            guard !name.isEmpty, rest.popFirst() == "=" else {
                throw InvalidPostgresURL("an option has no value", "write host=localhost dbname=database")
            }
            rest = rest.drop(while: \.isWhitespace)
            options.append(.init(name: String(name), value: try value(&rest)))
        }
    }

    private static func value(_ rest: inout Substring) throws(InvalidPostgresURL) -> String {
        var value = ""
        let isQuoted = rest.first == "'"
        if isQuoted { rest.removeFirst() }
        while let character = rest.first, isQuoted || !character.isWhitespace {
            rest.removeFirst()
            if isQuoted, character == "'" { return value }
            if character == "\\" {
                if let next = rest.popFirst() { value.append(next) }
            } else {
                value.append(character)
            }
        }
        guard !isQuoted else {
            throw InvalidPostgresURL("a quote is not closed", "write two backslashes for one, and \\' for a quote")
        }
        return value
    }
}
