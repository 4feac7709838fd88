/// One step of the schema. Steps are only ever added: a database is brought forward, never back.
struct SchemaStep: Sendable {
    /// The version that the schema has afterwards.
    let version: Int
    /// For the schema `roost`.
    let sql: String

    init(_ version: Int, _ files: [[UInt8]]) {
        self.version = version
        self.sql = files.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    }

    static let all = [
        SchemaStep(
            1,
            [
                PackageResources.schema1_tables_sql, PackageResources.schema1_support_sql,
                PackageResources.schema1_ending_sql, PackageResources.schema1_enqueue_sql,
                PackageResources.schema1_claim_sql, PackageResources.schema1_settle_sql,
                PackageResources.schema1_leases_sql, PackageResources.schema1_actions_sql,
                PackageResources.schema1_housekeeping_sql, PackageResources.schema1_public_sql,
            ]
        )
    ]

    static let newest = all.last?.version ?? 0
}
