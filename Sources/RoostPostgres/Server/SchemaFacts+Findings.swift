import RoostCore

extension SchemaFacts {
    /// What is to be said of the store's tables.
    ///
    /// - Parameters:
    ///   - newest: the version that this Roost brings a schema to.
    ///   - migrates: whether opening a store does.
    ///   - mayMakeSchemas: whether this user could.
    func findings(newest: Int, migrates: Bool, user: String, mayMakeSchemas: Bool) -> [StoreFinding] {
        var findings = [versionFinding(newest: newest, migrates: migrates, mayMakeSchemas: mayMakeSchemas)]
        guard !relations.isEmpty, version != .foreign else { return findings }
        findings.append(privilegesFinding(user))
        findings.append(sizeFinding)
        return findings
    }

    // MARK: Version

    private func versionFinding(newest: Int, migrates: Bool, mayMakeSchemas: Bool) -> StoreFinding {
        switch version {
        case .missing: missingFinding(migrates: migrates, mayMake: exists ? mayMakeTables : mayMakeSchemas)
        case .foreign:
            StoreFinding(
                .problem,
                "schema",
                "\(name): tables that are not Roost's",
                meaning: "Roost does not open a store there",
                advice: "name another schema: schema=jobs"
            )
        case .unknown:
            StoreFinding(
                .problem,
                "schema",
                "\(name): this user may not read its version",
                meaning: "the store does not open",
                advice: "see privileges"
            )
        case .number(let version) where version > newest:
            StoreFinding(
                .problem,
                "schema",
                "\(name): version \(version), and this Roost knows up to \(newest)",
                meaning: "a newer Roost made it, and this one does not open it",
                advice: "update this program's Roost"
            )
        case .number(let version) where version < newest:
            StoreFinding(
                migrates ? .ok : .problem,
                "schema",
                "\(name): version \(version), and this Roost's is \(newest)",
                meaning: migrates ? "the next opening brings it forward" : "the store does not open, as migrate=false",
                advice: migrates ? nil : "run 'roost migrate'"
            )
        case .number(let version): StoreFinding(.ok, "schema", "\(name): version \(version)")
        }
    }

    private func missingFinding(migrates: Bool, mayMake: Bool) -> StoreFinding {
        let advice = "'roost migrate --dry-run' prints the SQL for a user who may"
        guard mayMake else {
            return StoreFinding(
                .problem,
                "schema",
                "\(name): nothing there yet, and this user may not make it",
                meaning: "the store does not open",
                advice: advice
            )
        }
        return StoreFinding(
            migrates ? .ok : .problem,
            "schema",
            "\(name): nothing there yet",
            meaning: migrates ? "the first worker or enqueue makes it" : "the store does not open, as migrate=false",
            advice: migrates ? nil : "run 'roost migrate'; \(advice)"
        )
    }

    // MARK: Privileges

    private func privilegesFinding(_ user: String) -> StoreFinding {
        var missing = mayUse ? [] : ["USAGE on the schema"]
        for relation in relations where !relation.missingPrivileges.isEmpty {
            missing.append("\(relation.missingPrivileges.joined(separator: ", ")) on \(relation.name)")
        }
        missing += refusedFunctions.map { "EXECUTE on \($0)" }
        guard !missing.isEmpty else {
            return StoreFinding(.ok, "privileges", "\(user) may do all that a worker does")
        }
        return StoreFinding(
            .problem,
            "privileges",
            "\(user) lacks \(FindingWords.list(missing))",
            meaning: "calls that need them fail",
            advice: "as the owner of the schema: \(grants(to: user))"
        )
    }

    private func grants(to user: String) -> String {
        let schema = "\"\(name)\""
        let role = "\"\(user.replacing("\"", with: "\"\""))\""
        return """
            GRANT USAGE ON SCHEMA \(schema) TO \(role); \
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \(schema) TO \(role); \
            GRANT USAGE ON ALL SEQUENCES IN SCHEMA \(schema) TO \(role); \
            GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA \(schema) TO \(role)
            """
    }

    // MARK: Size

    private var sizeFinding: StoreFinding {
        let tables = relations.filter(\.isTable)
        let largest = tables.sorted { $0.size > $1.size }.prefix(3).map { "\($0.name) \(FindingWords.size($0.size))" }
        let total = tables.reduce(0) { $0 + $1.size }
        return StoreFinding(.ok, "disk", "\(FindingWords.size(total)): \(largest.joined(separator: ", "))…")
    }
}
