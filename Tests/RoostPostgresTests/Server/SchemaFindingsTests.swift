import RoostCore
import Testing

@testable import RoostPostgres

@Suite("What a store's schema means for those who open it")
struct SchemaFindingsTests {
    static func table(_ name: String, lacking privileges: [String] = []) -> SchemaFacts.Relation {
        SchemaFacts.Relation(
            name: name,
            isTable: true,
            size: 1_500_000,
            liveRows: 0,
            deadRows: 0,
            vacuumed: nil,
            autovacuum: true,
            missingPrivileges: privileges
        )
    }

    private static func findings(
        migrates: Bool = true,
        mayMakeSchemas: Bool = true,
        _ change: (inout SchemaFacts) -> Void
    ) -> [StoreFinding] {
        var facts = SchemaFacts()
        facts.name = "roost"
        facts.exists = true
        facts.relations = [table("job"), table("meta")]
        facts.version = .number(2)
        change(&facts)
        return facts.findings(newest: 2, migrates: migrates, user: "app", mayMakeSchemas: mayMakeSchemas)
    }

    @Test("all is well with one of this Roost's")
    func good() {
        let findings = Self.findings { _ in }
        #expect(findings.allSatisfy { $0.severity == .ok })
        #expect(
            findings.map(\.what) == [
                "roost: version 2", "app may do all that a worker does", "3 MB: job 1.5 MB, meta 1.5 MB…",
            ]
        )
    }

    @Test(
        "its version says whether it opens",
        arguments: [
            (.number(2), true, .ok, "version 2"), (.number(2), false, .ok, "version 2"),
            (.number(1), true, .ok, "version 1"), (.number(1), false, .problem, "version 1"),
            (.number(3), true, .problem, "knows up to 2"), (.foreign, true, .problem, "not Roost's"),
            (.unknown, true, .problem, "may not read"), (.missing, true, .ok, "nothing there yet"),
            (.missing, false, .problem, "nothing there yet"),
        ] as [(SchemaFacts.Version, Bool, StoreFinding.Severity, String)]
    )
    func version(version: SchemaFacts.Version, migrates: Bool, severity: StoreFinding.Severity, words: String) {
        let finding = Self.findings(migrates: migrates) { $0.version = version }[0]
        #expect(finding.severity == severity)
        #expect(finding.what.contains(words), "\(finding.what)")
        #expect(severity == .ok || finding.advice != nil)
    }

    @Test("who may not make what is missing is told how another can")
    func missing() {
        let ofDatabase = Self.findings(mayMakeSchemas: false) { facts in
            facts.version = .missing
            facts.exists = false
        }
        let ofSchema = Self.findings { facts in
            facts.version = .missing
            facts.mayMakeTables = false
        }
        for finding in [ofDatabase[0], ofSchema[0]] {
            #expect(finding.severity == .problem)
            #expect(finding.advice?.contains("roost migrate --dry-run") == true)
        }
        // An administrator made it for a user who may make none.
        #expect(Self.findings(mayMakeSchemas: false) { $0.version = .missing }[0].severity == .ok)
    }

    @Test("what a user lacks is named, with the grants")
    func privileges() throws {
        let findings = Self.findings { facts in
            facts.mayUse = false
            facts.relations.append(Self.table("lane", lacking: ["INSERT", "UPDATE"]))
            facts.refusedFunctions = ["claim"]
        }
        let finding = try #require(findings.first { $0.subject == "privileges" })
        #expect(finding.severity == .problem)
        #expect(finding.what == "app lacks USAGE on the schema; INSERT, UPDATE on lane; EXECUTE on claim")
        #expect(finding.advice?.contains(#"GRANT USAGE ON SCHEMA "roost" TO "app""#) == true)
    }
}
