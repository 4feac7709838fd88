import RoostCore
import Testing

@testable import RoostPostgres

@Suite("What is between a store and its server")
struct PoolerProbeTests {
    private static func findings(
        _ processes: [Int64],
        other: Int64?,
        announced: Int64 = 1,
        hears: Bool? = true,
        refusal: String? = nil,
        listens: Bool = true,
        prepares: Bool = true
    ) -> [StoreFinding] {
        PoolerProbe(processes: processes, other: other, announced: announced, hears: hears, refusal: refusal)
            .findings(listens: listens, prepares: prepares)
    }

    @Test("without a pooler the store is woken")
    func none() {
        let findings = Self.findings([1, 1], other: 2)
        #expect(findings.map(\.severity) == [.ok])
        #expect(findings[0].what == "by LISTEN and NOTIFY")
    }

    @Test("a pooler of sessions is as good")
    func sessions() {
        let findings = Self.findings([7, 7], other: 8)
        #expect(findings.map(\.severity) == [.ok, .ok])
        #expect(findings[0].what.contains("each session"))
    }

    @Test(
        "a pooler of transactions is known by who answers, and calls for options",
        arguments: [([7, 8], 9, true), ([7, 7], 7, true), ([7, 7], 7, false), ([7, 8], nil, false)]
            as [([Int64], Int64?, Bool)]
    )
    func transactions(processes: [Int64], other: Int64?, hears: Bool) {
        let findings = Self.findings(processes, other: other, hears: hears)
        #expect(findings.map(\.subject) == ["pooler", "wake-ups"])
        #expect(findings.allSatisfy { $0.severity == .warning && $0.advice?.contains("listen=false") == true })
        #expect(findings[0].advice?.contains("prepare=false") == true)
        let told = Self.findings(processes, other: other, hears: nil, listens: false, prepares: false)
        #expect(told.map(\.severity) == [.ok, .ok])
        let listening = Self.findings(processes, other: other, hears: nil, listens: false)
        #expect(listening.map(\.severity) == [.warning, .ok])
    }

    @Test("a LISTEN that fails or does not last is a warning")
    func noListen() {
        #expect(Self.findings([1, 1], other: 2, refusal: "no").last?.severity == .warning)
        #expect(Self.findings([1, 1], other: 2, hears: false).last?.what == "LISTEN does not last")
    }
}
