/// What a server tells of itself, of this connection to it, and of a store there.
struct ServerFacts: Sendable, Equatable {
    /// 150018 for 15.18.
    var version = 0
    /// `15.18 (Debian 15.18-0+deb12u1)`
    var versionText = ""
    var isStandby = false
    /// Also where it is the session alone.
    var isReadOnly = false
    var durability = DurabilitySettings()

    var connections = 0
    var maxConnections = 0
    /// Of those, how many are kept for superusers and a role.
    var reservedConnections = 0
    /// As this program sees it, which is what a pooler before the server does.
    var isUsingTLS = false
    /// Or the folder of a socket.
    var host = ""

    var user = ""
    /// Whether it sees what others' connections do.
    var seesOthers = true
    /// Whether it may make a schema where there is none.
    var mayMakeSchemas = true

    var autovacuum = true
    var transaction: OpenTransaction?
    var prepared: PreparedTransactions?
    var followers: [Follower] = []

    var schema = SchemaFacts()

    /// One that sees old rows, so that these cannot be cleaned up.
    struct OpenTransaction: Sendable, Equatable {
        var process: Int64
        var application: String
        var user: String
        /// `idle in transaction`, `active`, …
        var state: String
        var age: Duration
    }

    struct PreparedTransactions: Sendable, Equatable {
        var count: Int
        var oldest: String
        var age: Duration
    }

    /// A replication slot, or a standby without one.
    struct Follower: Sendable, Equatable {
        var name: String
        var isSlot: Bool
        var isActive: Bool
        /// How many transactions old the rows are that are kept for it; nil: none are.
        var age: Int64?
        /// Of the log, in bytes.
        var kept: Int64?
    }
}
