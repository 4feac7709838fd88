/// The statements that a connection has prepared.
struct PreparedStatements: Sendable {
    /// The same text with parameters of other types is another statement.
    struct Key: Sendable, Hashable {
        let sql: String
        let types: [UInt32]
    }

    private var names: [Key: String] = [:]
    private var lastNumber = 0
    /// More are sent without being prepared: each is memory of the server.
    private static let limit = 500

    func name(of key: Key) -> String? { names[key] }

    /// A name that was never used here, also not for a statement whose fate is unknown; nil where there are too many.
    mutating func newName() -> String? {
        guard names.count < Self.limit else { return nil }
        lastNumber += 1
        return "roost_\(lastNumber)"
    }

    mutating func add(_ key: Key, name: String) { names[key] = name }

    mutating func forget() { names = [:] }
}
