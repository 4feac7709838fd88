/// Measures cases, round by round, and makes rows of what was found. A case that fails says so in its rows.
struct Runner {
    var say: (String) -> Void
    /// When to be content with one round of each case that is left, by ``Clock/now``.
    var deadline = Double.infinity
    /// After how many seconds a case is begun no further round of.
    var patience = 60.0

    /// What became of one contestant.
    private struct Found {
        var contestant: Contestant
        var rounds: [Figures] = []
        var error: String?

        func spread(of figure: String) -> Spread? {
            Spread(rounds.compactMap { $0[figure] })
        }
    }

    func run(_ plan: Case) -> [Row] {
        let start = Clock.now
        var found = plan.contestants.map { Found(contestant: $0) }
        do {
            try plan.prepare()
        } catch {
            return plan.rows.map { Row(failed: $0, store: plan.store, error: "\(error)") }
        }
        for round in 0..<plan.rounds where round == 0 || Clock.now < min(deadline, start + patience) {
            for offset in found.indices {
                // Each round begins with another, so that none always runs after the same.
                let index = (offset + round) % found.count
                guard found[index].error == nil else { continue }
                do {
                    found[index].rounds.append(try found[index].contestant.measure(round))
                } catch {
                    found[index].error = "\(error)"
                    say("  \(found[index].contestant.name) failed: \(error)")
                }
            }
        }
        say("\(plan.id) on \(plan.store.rawValue): \(fixed(Clock.now - start, 1)) s")
        return plan.rows.map { row(for: $0, of: plan, found) }
    }

    private func row(for plan: RowPlan, of owner: Case, _ found: [Found]) -> Row {
        let roost = found.first { $0.contestant.role == .roost }
        if let error = roost?.error { return Row(failed: plan, store: owner.store, error: error) }
        guard let roost, let spread = roost.spread(of: plan.figure) else {
            return Row(failed: plan, store: owner.store, error: "no figure '\(plan.figure)' was measured")
        }
        var row = Row(plan, store: owner.store, roost: spread)
        for role in Peer.allCases.map({ Contestant.Role.peer($0) }) + [.reference] {
            let figure = role == .reference ? plan.referenceFigure ?? plan.figure : plan.figure
            let all = found.filter { $0.contestant.role == role }
            for failed in all where failed.error != nil {
                row.notes.append("\(failed.contestant.name) failed: \(failed.error ?? "")")
            }
            let measured = all.compactMap { one in one.spread(of: figure).map { (one.contestant.name, $0) } }
            let best = measured.max { left, right in
                plan.unit.isMoreBetter ? left.1.median < right.1.median : left.1.median > right.1.median
            }
            guard let best else { continue }
            let compared = Row.Compared(name: best.0, spread: best.1)
            if case .peer(let peer) = role {
                row.peers.append(Row.Beside(peer: peer, best: compared))
            } else {
                row.reference = compared
            }
        }
        for aside in plan.asides {
            guard let spread = roost.spread(of: aside.figure) else { continue }
            row.notes.append("\(aside.title) \(aside.unit.text(spread.median))")
        }
        row.judge(by: Bars.all[row.id])
        return row
    }
}
