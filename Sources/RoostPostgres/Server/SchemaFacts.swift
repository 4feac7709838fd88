/// What there is of a store in its schema, and what this user may do with it.
struct SchemaFacts: Sendable, Equatable {
    var name = ""
    var exists = false
    var mayUse = true
    var mayMakeTables = true
    /// The functions that this user may not call.
    var refusedFunctions: [String] = []
    var relations: [Relation] = []
    var version: Version = .unknown

    enum Version: Sendable, Equatable {
        /// This user may not read it.
        case unknown
        /// There are no tables.
        case missing
        /// Tables, but not Roost's.
        case foreign
        case number(Int)
    }

    /// A table, a view or a sequence.
    struct Relation: Sendable, Equatable {
        var name: String
        var isTable: Bool
        /// With its indexes, in bytes.
        var size: Int64
        /// By the estimate of the server.
        var liveRows: Int64
        /// Those that a vacuum has yet to clean up.
        var deadRows: Int64
        /// Since the last vacuum; nil: there was none, or its time is not known any more.
        var vacuumed: Duration?
        var autovacuum: Bool
        /// `SELECT`, `INSERT`, …
        var missingPrivileges: [String]
    }

    /// Whether this user may look at jobs and workers.
    var mayRead: Bool {
        mayUse && !relations.contains { $0.missingPrivileges.contains("SELECT") }
    }
}
