import RoostPostgresClient

extension ServerFacts {
    /// Asks for all but the version of the schema and what this program sees by itself.
    static func questions(_ schema: SchemaName) -> [PostgresQuery] {
        [
            question(PackageResources.doctor_server_sql),
            PostgresQuery("SELECT \(DurabilitySettings.columns)", prepared: false),
            question(PackageResources.doctor_transaction_sql), question(PackageResources.doctor_prepared_sql),
            question(PackageResources.doctor_replication_sql), question(PackageResources.doctor_schema_sql, schema),
            question(PackageResources.doctor_tables_sql, schema),
        ]
    }

    private static func question(_ resource: [UInt8], _ schema: SchemaName? = nil) -> PostgresQuery {
        var parameters = PostgresParameters()
        if let schema { parameters.append(schema.name) }
        return PostgresQuery(String(decoding: resource, as: UTF8.self), prepared: false, parameters)
    }

    /// - Parameter answers: to ``questions(_:)``, in their order.
    init(_ answers: [PostgresResult], schema name: SchemaName) throws(PostgresError) {
        guard answers.count == 7 else { throw .unexpectedAnswer("\(answers.count) results of 7") }
        let server = answers[0]
        version = Int(try server.int64(0, 0))
        versionText = try server.text(0, 1)
        isStandby = try server.bool(0, 2)
        isReadOnly = try server.bool(0, 3)
        maxConnections = Int(try server.int64(0, 4))
        reservedConnections = Int(try server.int64(0, 5))
        connections = Int(try server.int64(0, 6))
        autovacuum = try server.bool(0, 7)
        user = try server.text(0, 8)
        seesOthers = try server.bool(0, 9)
        mayMakeSchemas = try server.bool(0, 10)
        durability = try DurabilitySettings(answers[1], from: 0)
        transaction = try OpenTransaction(answers[2])
        prepared = try PreparedTransactions(answers[3])
        for row in 0..<answers[4].rowCount { followers.append(try Follower(answers[4], row)) }
        schema = try SchemaFacts(name.name, answers[5], relations: answers[6])
    }
}

extension ServerFacts.OpenTransaction {
    fileprivate init?(_ result: PostgresResult) throws(PostgresError) {
        guard result.rowCount > 0 else { return nil }
        self.init(
            process: try result.int64(0, 0),
            application: try result.text(0, 1),
            user: try result.text(0, 2),
            state: try result.text(0, 3),
            age: .microseconds(try result.int64(0, 4))
        )
    }
}

extension ServerFacts.PreparedTransactions {
    fileprivate init?(_ result: PostgresResult) throws(PostgresError) {
        guard result.rowCount > 0 else { return nil }
        self.init(
            count: Int(try result.int64(0, 2)),
            oldest: try result.text(0, 0),
            age: .microseconds(try result.int64(0, 1))
        )
    }
}

extension ServerFacts.Follower {
    fileprivate init(_ result: PostgresResult, _ row: Int) throws(PostgresError) {
        self.init(
            name: try result.text(row, 0),
            isSlot: try result.bool(row, 1),
            isActive: try result.bool(row, 2),
            age: try result.optionalInt64(row, 3),
            kept: try result.optionalInt64(row, 4)
        )
    }
}

extension SchemaFacts {
    fileprivate init(
        _ name: String,
        _ result: PostgresResult,
        relations: PostgresResult
    ) throws(PostgresError) {
        self.name = name
        exists = try result.bool(0, 0)
        mayUse = try result.optionalBool(0, 1) ?? true
        mayMakeTables = try result.optionalBool(0, 2) ?? true
        refusedFunctions = try result.texts(0, 3).compactMap(\.self)
        for row in 0..<relations.rowCount { self.relations.append(try Relation(relations, row)) }
        version =
            if self.relations.isEmpty { .missing } else if self.relations.contains(where: { $0.name == "meta" }) {
                .unknown
            } else {
                .foreign
            }
    }
}

extension SchemaFacts.Relation {
    fileprivate init(_ result: PostgresResult, _ row: Int) throws(PostgresError) {
        self.init(
            name: try result.text(row, 0),
            isTable: try result.bool(row, 1),
            size: try result.optionalInt64(row, 2) ?? 0,
            liveRows: try result.int64(row, 3),
            deadRows: try result.int64(row, 4),
            vacuumed: try result.optionalInt64(row, 5).map { .microseconds($0) },
            autovacuum: try result.bool(row, 6),
            missingPrivileges: try result.texts(row, 7).compactMap(\.self)
        )
    }
}
