import Testing

@testable import Bench

@Suite("The runner measures in turn, and hides no failure")
struct RunnerTests {
    private let runner = Runner(say: { _ in })

    private func plan(rounds: Int = 3, _ contestants: [Contestant]) -> Case {
        Case(
            id: "drain",
            store: .memory,
            rounds: rounds,
            contestants: contestants,
            rows: [RowPlan("drain", "drain", "rate", .perSecond)]
        )
    }

    private func contestant(_ role: Contestant.Role, _ name: String, _ rates: [Double]) -> Contestant {
        Contestant(role: role, name: name) { ["rate": rates[$0]] }
    }

    @Test("The median and the spread are of all rounds")
    func median() throws {
        let row = try #require(runner.run(plan([contestant(.roost, "Roost", [30, 10, 20])])).first)
        #expect(row.roost?.median == 20)
        #expect(row.roost?.lowest == 10)
        #expect(row.roost?.highest == 30)
    }

    @Test("Of several references the best counts")
    func bestReference() throws {
        let row = try #require(
            runner.run(
                plan([
                    contestant(.roost, "Roost", [10, 10, 10]), contestant(.reference, "one", [20, 20, 20]),
                    contestant(.reference, "two", [30, 30, 30]),
                ])
            ).first
        )
        #expect(row.reference?.name == "two")
    }

    @Test("Each peer has a figure of its own, of the best way to run it")
    func peers() throws {
        let row = try #require(
            runner.run(
                plan([
                    contestant(.roost, "Roost", [60, 60, 60]), contestant(.peer(.sidekiq), "Sidekiq", [20, 20, 20]),
                    contestant(.peer(.huey), "Huey", [5, 5, 5]), contestant(.peer(.huey), "Huey, faster", [6, 6, 6]),
                ])
            ).first
        )
        #expect(row.peers.map(\.best.name) == ["Huey, faster", "Sidekiq"])
        #expect(row.peers.map(\.times) == [10, 3])
    }

    @Test("Contestants take turns, each round begun by another")
    func turns() {
        var order: [String] = []
        func noting(_ role: Contestant.Role, _ name: String) -> Contestant {
            Contestant(role: role, name: name) { _ in
                order.append(name)
                return ["rate": 1]
            }
        }
        _ = runner.run(plan(rounds: 2, [noting(.roost, "a"), noting(.peer(.huey), "b")]))
        #expect(order == ["a", "b", "b", "a"])
    }

    @Test("When the time of the run or of the case is over, one round is enough")
    func deadline() throws {
        for runner in [Runner(say: { _ in }, deadline: 0), Runner(say: { _ in }, patience: 0)] {
            let row = try #require(runner.run(plan([contestant(.roost, "Roost", [30, 10, 20])])).first)
            #expect(row.roost?.rounds == 1)
            #expect(row.roost?.median == 30)
        }
    }

    @Test("A case that fails says so in its row")
    func failure() throws {
        let failing = Contestant.roost { _ in throw Failure("the disk is full") }
        let row = try #require(runner.run(plan([failing])).first)
        #expect(row.verdict == .failed)
        #expect(row.notes == ["the disk is full"])
        #expect(Table(rows: [row]).text.contains("failed"))
        #expect(Table(rows: [row]).footnotes == ["drain, memory: the disk is full"])
    }

    @Test("A case whose preparation fails says so in its row")
    func failedPreparation() throws {
        var plan = plan([contestant(.roost, "Roost", [1, 1, 1])])
        plan.prepare = { throw Failure("no template") }
        #expect(try #require(runner.run(plan).first).notes == ["no template"])
    }

    @Test("A peer that fails leaves its cell empty, with a note")
    func failedPeer() throws {
        let peer = Contestant(role: .peer(.huey), name: "Huey") { _ in throw Failure("no Python") }
        let row = try #require(runner.run(plan([contestant(.roost, "Roost", [1, 1, 1]), peer])).first)
        #expect(row.peers.isEmpty)
        #expect(row.notes == ["Huey failed: no Python"])
    }
}
