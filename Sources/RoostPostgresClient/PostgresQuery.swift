/// A statement and its parameters, `$1`, `$2`, ….
package struct PostgresQuery: Sendable {
    let sql: String
    let parameters: PostgresParameters
    let isPrepared: Bool

    /// - Parameter prepared: keep the statement prepared on each connection that it runs on; not for what runs once.
    package init(_ sql: String, prepared: Bool = true, _ parameters: PostgresParameters = .init()) {
        self.sql = sql
        self.parameters = parameters
        isPrepared = prepared
    }

    /// Why it cannot be sent.
    var problem: PostgresServerError? {
        if let problem = parameters.problem { return problem }
        if parameters.count > 65_535 { return .tooMany }
        // libpq would send what stands before it.
        return sql.utf8.contains(0) ? .zeroByte : nil
    }
}
