import RoostCore
import RoostTesting

/// Looks at the store up to ten times a second, from outside, for what must not be.
enum AuditProcess {
    static func run(_ arguments: Arguments, store: any CrashStore) async throws {
        var looks = 0
        var failures = 0
        while true {
            let start = ContinuousClock().now
            do {
                for finding in try store.audit() {
                    Witness.current.tell(
                        .finding(.init(at: System.uptime, query: finding.query, row: finding.row))
                    )
                }
                looks += 1
            } catch {
                // The file may be locked, or its disk full, or the server be gone. That it looked at all is checked by the number.
                failures += 1
            }
            if looks == 1 || (looks + failures).isMultiple(of: 10) { System.say("\(Marks.looks)\(looks) \(failures)") }
            // Where all is asked of the store itself, that must have most of its time for others.
            try await Task.sleep(for: max(.milliseconds(100), start.duration(to: ContinuousClock().now) * 8))
        }
    }
}
