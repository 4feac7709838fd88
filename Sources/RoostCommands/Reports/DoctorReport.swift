import RoostCore

/// What was found in a store, for people and for programs.
struct DoctorReport {
    let store: String
    let findings: [StoreFinding]

    init(_ examined: (name: String, findings: [StoreFinding])) {
        store = examined.name
        findings = examined.findings
    }

    var problems: Int { findings.count { $0.severity == .problem } }

    /// The worst of all.
    private var severity: StoreFinding.Severity { findings.map(\.severity).max() ?? .ok }

    var text: String {
        var table = TextTable(columns: [.left, .left, .left])
        for finding in findings {
            table.rows.append([finding.severity.rawValue, finding.subject, finding.what.escaped])
            if let meaning = finding.meaning { table.rows.append(["", "", "  \(meaning.escaped)"]) }
            if let advice = finding.advice { table.rows.append(["", "", "  → \(advice.escaped)"]) }
        }
        return "\(store.escaped)\n\(table.text)"
    }

    var json: JSONValue {
        [
            "store": .string(store),
            "severity": .string(severity.rawValue),
            "findings": .array(
                findings.map { finding in
                    [
                        "severity": .string(finding.severity.rawValue), "subject": .string(finding.subject),
                        "what": .string(finding.what), "meaning": JSONValue(finding.meaning),
                        "advice": JSONValue(finding.advice),
                    ]
                }
            ),
        ]
    }
}
