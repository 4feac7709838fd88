/// A row of the table: Roost's figure, what it is compared with, and whether it meets its bar.
struct Row: Codable, Sendable {
    struct Compared: Codable, Sendable {
        var name: String
        var spread: Spread
    }

    /// A peer's figure, of the best way to run it.
    struct Beside: Codable, Sendable {
        var peer: Peer
        var best: Compared
        /// How many times as good Roost is.
        var times: Double?
    }

    enum Verdict: String, Codable, Sendable {
        case met
        case missed
        /// It could not be measured.
        case failed
        /// Nothing asks for more than that it be known.
        case unjudged = ""
    }

    var id: String
    var title: String
    var store: StoreKind
    var unit: FigureUnit
    var roost: Spread?
    var peers: [Beside] = []
    var reference: Compared?
    /// How good beside the reference: 1 for equally, less for worse.
    var shareOfReference: Double?
    var bar = ""
    /// How far the bar was reached, by the worst of its requirements: 1 for just.
    var attainment: Double?
    var verdict = Verdict.unjudged
    var notes: [String] = []

    init(_ plan: RowPlan, store: StoreKind, roost: Spread?) {
        self.id = "\(plan.id).\(store.rawValue)"
        self.title = plan.title
        self.store = store
        self.unit = plan.unit
        self.roost = roost
    }

    init(failed plan: RowPlan, store: StoreKind, error: String) {
        self.init(plan, store: store, roost: nil)
        verdict = .failed
        notes = [error]
        bar = Bars.all[id].map { text(of: $0) } ?? ""
    }

    /// Fills in the ratios, and the verdict where there is a bar.
    mutating func judge(by bar: Bar?) {
        guard let roost else { return }
        for index in peers.indices { peers[index].times = ratio(of: roost, to: peers[index].best.spread) }
        shareOfReference = reference.map { ratio(of: roost, to: $0.spread) }
        guard let bar else { return }
        self.bar = text(of: bar)
        let reached = bar.requirements.map { reach(of: $0, roost) }
        if reached.contains(where: { $0 == nil }) {
            notes.append("what the bar compares with was not measured")
            verdict = .failed
            return
        }
        let worst = reached.compactMap { $0 }.min() ?? 0
        attainment = worst
        verdict = worst >= 1 ? .met : .missed
    }

    /// How many times as good the one is as the other.
    private func ratio(of one: Spread, to other: Spread) -> Double {
        unit.isMoreBetter ? one.median / other.median : other.median / max(one.median, 1e-6)
    }

    private func reach(of requirement: Bar.Requirement, _ roost: Spread) -> Double? {
        switch requirement {
        case .atLeast(let value): roost.median / value
        case .atMost(let value): value / max(roost.median, Double.leastNonzeroMagnitude)
        case .timesPeer(let peer, let times): peers.first { $0.peer == peer }?.times.map { $0 / times }
        case .shareOfReference(let share): shareOfReference.map { $0 / share }
        case .slowdown(let times): shareOfReference.map { $0 * times }
        }
    }

    private func text(of bar: Bar) -> String {
        var parts = bar.requirements.map { requirement in
            switch requirement {
            case .atLeast(let value): "≥ \(unit.text(value))"
            case .atMost(let value): "≤ \(unit.text(value))"
            case .timesPeer(let peer, let times): "≥ \(fixed(times, 0)) × \(peer.rawValue)"
            case .shareOfReference(let share): "≥ \(fixed(share * 100, 0)) % of \(Self.referenceName(of: id))"
            case .slowdown(let times): "≤ \(fixed(times, 0)) × slower than \(Self.referenceName(of: id))"
            }
        }
        if let guide = bar.guide { parts.append("(guide \(unit.text(guide)))") }
        return parts.joined(separator: ", ")
    }

    private static func referenceName(of id: String) -> String {
        switch id.prefix(while: { $0 != "." }) {
        case "drain-two": "one worker"
        case "drain-delayed", "drain-delayed-twice": "its speed without"
        case "enqueue-one" where id.hasSuffix(".redis"): "a round trip"
        case "enqueue-one" where id.hasSuffix(".postgres"): "one commit"
        case "slots-64": "jobs that do nothing"
        case "held-drain": "its speed before"
        case "waiting", "scheduled", "finished": "without"
        case "chord": "plain jobs"
        case "chain": "exchanges of one"
        default: "the raw limit"
        }
    }
}
