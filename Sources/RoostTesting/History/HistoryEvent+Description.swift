import RoostCore

extension HistoryEvent: CustomStringConvertible {
    /// On one line, as people read it: `#280 at 1022000: ready → running, token 0 → 4, claims 2, attempt 0, crashes 0`.
    public var description: String {
        switch self {
        case .transition(let event):
            let from = event.from?.rawValue ?? "nothing"
            let to = event.to?.rawValue ?? "deleted"
            return "#\(event.number) at \(event.at): \(from) → \(to), token \(event.tokenBefore) → \(event.token), "
                + "claims \(event.claims), attempt \(event.attempt), crashes \(event.crashes)"
        case .lease(let event):
            return "#\(event.number) at \(event.at): lease \(event.token) of worker \(event.worker) "
                + "\(event.change.rawValue), until \(event.until)"
        case .worker(let event):
            return "#\(event.number) at \(event.at): worker \(event.worker) in process \(event.process) "
                + event.change.rawValue
        case .action(let event):
            return "#\(event.number) at \(event.at): asked for \(event.kind.rawValue)"
                + (event.job.map { " of \($0)" } ?? "")
        case .call(let event):
            return "at \(event.at): call \(event.call) of \(event.client): \(event.jobs.count) jobs, "
                + "\(event.edges.count) edges"
        case .reply(let event):
            let duplicates = event.duplicates.map { ", \($0.job) is a duplicate of \($0.holder)" }.joined()
            return
                "at \(event.at): call \(event.call) of \(event.client) answered \(event.answer.rawValue)\(duplicates)"
        case .body(let event):
            let worker = event.worker.map { ", worker \($0)" } ?? ""
            return "at \(event.at): body \(event.phase.rawValue) in process \(event.process)\(worker), "
                + "attempt \(event.attempt)"
        case .observed(let event):
            return "at \(event.at): \(event.client) was told \(event.state.rawValue)"
        case .process(let event):
            return "at \(event.at): process \(event.process) \(event.change.rawValue)"
        case .finding(let event):
            return "at \(event.at): '\(event.query)' found '\(event.row)'"
        }
    }
}
