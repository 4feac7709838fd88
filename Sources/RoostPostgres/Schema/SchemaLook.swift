/// What there is of a store in its database.
struct SchemaLook: Sendable {
    /// 0: there are no tables.
    var version: Int
    /// An empty one may have been made for a user who may make none.
    var schemaExists: Bool
    var durability: DurabilitySettings
}
