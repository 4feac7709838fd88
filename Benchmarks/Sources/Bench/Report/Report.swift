import Foundation

/// All that a run found.
struct Report: Codable, Sendable {
    var machine: Machine
    var command: String
    var seconds: Double
    var rows: [Row]
    var notes: [String]

    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(self)
    }

    var summary: String {
        func count(_ verdict: Row.Verdict) -> Int { rows.count { $0.verdict == verdict } }
        return "\(count(.met)) bars met, \(count(.missed)) missed, \(count(.failed)) rows failed; "
            + "\(fixed(seconds, 0)) seconds"
    }
}
