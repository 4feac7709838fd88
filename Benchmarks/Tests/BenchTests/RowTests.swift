import Foundation
import Testing

@testable import Bench

@Suite("A row is judged by its bar")
struct RowTests {
    private func row(
        _ roost: Double,
        peer: Double? = nil,
        reference: Double? = nil,
        unit: FigureUnit = .perSecond,
        by bar: Bar?
    ) throws -> Row {
        var row = Row(RowPlan("drain", "drain", "figure", unit), store: .sqlite, roost: Spread([roost]))
        if let peer {
            let best = Row.Compared(name: "Huey", spread: try #require(Spread([peer])))
            row.peers = [Row.Beside(peer: .huey, best: best)]
        }
        row.reference = try reference.map { Row.Compared(name: "raw", spread: try #require(Spread([$0]))) }
        row.judge(by: bar)
        return row
    }

    @Test("A rate meets a bar from that rate on")
    func rate() throws {
        #expect(try row(100, by: Bar(.atLeast(100))).verdict == .met)
        #expect(try row(99, by: Bar(.atLeast(100))).verdict == .missed)
    }

    @Test("A time meets a bar up to that time")
    func time() throws {
        #expect(try row(0.001, unit: .seconds, by: Bar(.atMost(0.001))).verdict == .met)
        #expect(try row(0.0011, unit: .seconds, by: Bar(.atMost(0.001))).verdict == .missed)
        #expect(try row(0, unit: .seconds, by: Bar(.atMost(0.001))).verdict == .met)
    }

    @Test("All requirements must be met, and the worst says how far the bar was reached")
    func worst() throws {
        let bar = Bar(.timesPeer(.huey, 10), .shareOfReference(0.5), guide: 1_000_000)
        let met = try row(1000, peer: 50, reference: 1000, by: bar)
        #expect(met.verdict == .met)
        #expect(met.attainment == 2)
        #expect(try row(1000, peer: 101, reference: 1000, by: bar).verdict == .missed)
        #expect(try row(1000, peer: 50, reference: 2001, by: bar).verdict == .missed)
    }

    @Test("A slowdown is held against the reference")
    func slowdown() throws {
        #expect(try row(50, reference: 100, by: Bar(.slowdown(2))).verdict == .met)
        #expect(try row(49, reference: 100, by: Bar(.slowdown(2))).verdict == .missed)
    }

    @Test("A ratio of times is how many times sooner")
    func ratioOfTimes() throws {
        let row = try row(0.002, peer: 0.008, unit: .seconds, by: nil)
        #expect(row.peers.first?.times == 4)
        #expect(row.verdict == .unjudged)
    }

    @Test("A bar of two peers is met where both are")
    func twoPeers() throws {
        let bar = Bar(.timesPeer(.huey, 10), .timesPeer(.sidekiq, 6))
        var row = Row(RowPlan("drain", "drain", "figure", .perSecond), store: .redis, roost: Spread([60]))
        row.peers = try [(Peer.huey, 6.0), (.sidekiq, 10.0)].map { peer, rate in
            Row.Beside(peer: peer, best: Row.Compared(name: peer.rawValue, spread: try #require(Spread([rate]))))
        }
        row.judge(by: bar)
        #expect(row.verdict == .met)
        #expect(row.peers.map(\.times) == [10, 6])
        #expect(row.bar == "≥ 10 × Huey, ≥ 6 × Sidekiq")
        #expect(Table.cells(of: row)[3...4] == ["6/s (Huey), 10/s (Sidekiq)", "10.0 ×, 6.00 ×"])
        row.peers[1].best.spread = try #require(Spread([10.1]))
        row.judge(by: bar)
        #expect(row.verdict == .missed)
        row.peers.removeLast()
        row.judge(by: bar)
        #expect(row.verdict == .failed)
    }

    @Test("A bar whose comparison was not measured is not met")
    func missingPeer() throws {
        let row = try row(1_000_000, by: Bar(.timesPeer(.huey, 10)))
        #expect(row.verdict == .failed)
        #expect(row.notes == ["what the bar compares with was not measured"])
    }

    @Test("Each bar is of a row that some case fills")
    func barsHaveRows() {
        let plan = Plan(isQuick: false, scratch: .init(filePath: "/nowhere"), huey: nil, scripts: "", sync: 0.001)
        let rows = Cases.all(plan).flatMap { one in one.rows.map { "\($0.id).\(one.store.rawValue)" } }
        #expect(Set(rows).count == rows.count)
        #expect(Set(Bars.all.keys).subtracting(rows).isEmpty)
    }
}
