import RoostCore

/// A call of a store, such that it can be made whatever came before it. Numbers that pick something are taken modulo
/// how many there are.
enum StoreOperation: Sendable, CustomStringConvertible {
    case enqueue(EnqueueBatch)
    case claim(worker: Int, ClaimRequest)
    /// Settles `count` held jobs from the picked one on, and claims in the same call where there is a request.
    case settle(pick: Int, count: Int, end: JobEnd, started: Bool, added: EnqueueBatch?, claim: ClaimRequest?)
    /// Sends the settle of a job again that is no longer held.
    case resettle(pick: Int, end: JobEnd)
    case extend(worker: Int)
    case pass(Duration)
    case reclaim
    case prune
    case perform(ActionRequest)
    case retire(worker: Int)

    var description: String {
        switch self {
        case .enqueue(let batch):
            let jobs = batch.jobs.map { job in
                var text = "\(job.id.high) \(job.queue)/\(job.kind)"
                if job.priority != 0 { text += " priority \(job.priority)" }
                if job.rank != 0 { text += " rank \(job.rank)" }
                if job.start != .now { text += " \(job.start)" }
                if let expiry = job.expiry { text += " expires \(expiry)" }
                if let unique = job.unique { text += " unique \(unique.key) \(unique.period.map { "\($0)" } ?? "")" }
                return text + " retention \(job.retention) maxCrashes \(job.maxCrashes)"
            }
            let edges = batch.edges.map {
                "\($0.parent.high)-\($0.condition)->\($0.child.high)@\($0.position)\($0.carriesValue ? "v" : "")"
            }
            return "enqueue \(jobs.joined(separator: ", ")) \(edges.joined(separator: " "))"
        case .claim(let worker, let request): return "claim by \(worker): \(request)"
        case .settle(let pick, let count, let end, let started, let added, let claim):
            let extra = added.map { ", adding \(StoreOperation.enqueue($0))" } ?? ""
            return
                "settle \(count) from \(pick): \(end)\(started ? "" : ", not started")\(extra)\(claim.map { "; \($0)" } ?? "")"
        case .resettle(let pick, let end): return "settle \(pick) again: \(end)"
        case .extend(let worker): return "extend of \(worker)"
        case .pass(let duration): return "pass \(duration)"
        case .reclaim: return "reclaim"
        case .prune: return "prune"
        case .perform(let request): return "\(request.action)"
        case .retire(let worker): return "retire \(worker)"
        }
    }
}
