import GRDB
import RoostCore

/// The numbers of queues, kinds and clients. A value: what a transaction adds is kept only if it commits.
struct NameTable: Sendable {
    private(set) var numbers: [String: Int64] = [:]
    private(set) var names: [Int64: String] = [:]
    /// Names that had no number when the highest one was `absentUntil`.
    private var absent: Set<String> = []
    private var absentUntil: Int64 = -1

    private mutating func note(_ name: String, _ number: Int64) {
        numbers[name] = number
        names[number] = name
    }

    /// Takes over what a committed transaction learned.
    mutating func merge(_ other: NameTable) {
        guard other.numbers.count > numbers.count || other.absentUntil > absentUntil else { return }
        self = other
    }

    mutating func name(_ number: Int64, _ db: Database) throws -> String {
        if let name = names[number] { return name }
        let found = try Query(db, "SELECT name FROM roost_name WHERE id = ?").bind(1, number).first { $0.text(0) }
        guard let found else {
            throw StoreError(.corrupt, "the database has no name number \(number): run PRAGMA integrity_check")
        }
        note(found, number)
        return found
    }

    /// The number of `name`; nil where it was never used.
    mutating func number(_ name: String, _ db: Database) throws -> Int64? {
        if let number = numbers[name] { return number }
        let highest = try Query(db, "SELECT max(id) FROM roost_name").first { $0.int(0) } ?? 0
        if highest != absentUntil {
            absent = []
            absentUntil = highest
        }
        if absent.contains(name) { return nil }
        let found = try Query(db, "SELECT id FROM roost_name WHERE name = ?").bind(1, name).first { $0.int(0) }
        if let found { note(name, found) } else { absent.insert(name) }
        return found
    }

    mutating func intern(_ name: String, _ db: Database) throws -> Int64 {
        if let number = try number(name, db) { return number }
        try Query(db, "INSERT INTO roost_name (name) VALUES (?)").bind(1, name).run()
        let number = db.lastInsertedRowID
        note(name, number)
        return number
    }
}
