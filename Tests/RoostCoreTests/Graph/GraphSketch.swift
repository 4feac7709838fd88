@testable import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A planned graph, as text that a test can compare: jobs by number, edges in their order.
struct GraphSketch {
    let batch: EnqueueBatch

    init(_ graph: some JobGraph) throws {
        self.batch = try graph.plan(using: JobPreparer()).batch
    }

    var kinds: [String] { batch.jobs.map(\.kind) }

    /// `0 -success→ 1 #0` for an edge without a value, `0 =success⇒ 1 #0` for one with.
    var edges: [String] {
        batch.edges.map { edge in
            let parent = batch.jobs.firstIndex { $0.id == edge.parent } ?? -1
            let child = batch.jobs.firstIndex { $0.id == edge.child } ?? -1
            let name = edge.condition.rawValue
            return "\(parent) \(edge.carriesValue ? "=\(name)⇒" : "-\(name)→") \(child) #\(edge.position)"
        }
    }

    func arguments(_ job: Int) -> String {
        String(decoding: batch.jobs[job].payload.bytes, as: UTF8.self)
    }

    func options(_ job: Int) throws -> RunOptions? {
        try batch.jobs[job].options.map { try PayloadCodec.decode(RunOptions.self, from: $0) }
    }

    func openings(_ job: Int) throws -> [String: InputSource] {
        try options(job)?.openings ?? [:]
    }
}
