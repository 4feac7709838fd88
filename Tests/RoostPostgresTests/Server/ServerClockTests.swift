import RoostCore
import Testing

@testable import RoostPostgres

@Suite("The clocks of server and machine, and what a store holds")
struct ServerClockTests {
    @Test(
        "a difference counts from five seconds on",
        arguments: [
            (0.0, 0.01, .ok, "this machine's"), (0.5, 0.01, .ok, "500.0 ms ahead"), (-4.9, 0.01, .ok, "4.9 s behind"),
            (5.1, 0.01, .warning, "5.1 s ahead"), (-60, 0.01, .warning, "60.0 s behind"), (6, 4, .ok, "6.0 s ahead"),
        ] as [(Double, Double, StoreFinding.Severity, String)]
    )
    func clock(lead: Double, roundTrip: Double, severity: StoreFinding.Severity, words: String) {
        let finding = ServerClock(lead: .seconds(lead), roundTrip: .seconds(roundTrip)).finding
        #expect(finding.severity == severity)
        #expect(finding.what.contains(words), "\(finding.what)")
    }

    @Test("jobs without a worker, and workers without a heartbeat, are warnings")
    func workers() {
        let alive = StoreContents.Worker(name: "w1", host: "a", process: 1, silence: .seconds(5))
        let silent = StoreContents.Worker(name: "w2", host: "b", process: 2, silence: .seconds(200))
        func severities(_ ready: Int, _ workers: [StoreContents.Worker]) -> [StoreFinding.Severity] {
            StoreContents(totals: [.ready: ready], workers: workers).findings.map(\.severity)
        }
        #expect(severities(0, []) == [.ok, .ok])
        #expect(severities(1, []) == [.ok, .warning])
        #expect(severities(1, [alive]) == [.ok, .ok])
        #expect(severities(1, [alive, silent]) == [.ok, .ok, .warning])
        #expect(severities(1, [silent]) == [.ok, .warning, .warning])
        let words = StoreContents(totals: [:], workers: [silent]).findings[2].what
        #expect(words == "silent: w2 (b, process 2, heartbeat 3 min ago)")
    }
}
