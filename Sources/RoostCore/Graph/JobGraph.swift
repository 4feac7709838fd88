/// Jobs that belong together and are enqueued together: all of them or none.
///
/// Graphs are built from jobs, by these words:
///
/// ```swift
/// $fetch(url: url).then { $resize.with(image: $0, width: 100) }       // a chain: the next job gets the output
/// $fetch(url: url).followed(by: $notify())                            // a chain without a value
/// $charge(order: 1).onFailure { $alert.with(error: $0) }              // if it fails for good
/// $import(file: name).finally($removeFile(name: name))                // however it ends
/// group($count(), $name()).then { $report.with(count: $0, name: $1) } // all of them, then one more
/// group(urls.map { $fetch(url: $0) }).then { $index.with(pages: $0) } // the same over an array
/// ```
///
/// Each of them gives a graph, which can be used wherever a job can: as a member of a group, after another graph, or
/// in the closure of `then`. Whole graphs are enqueued by `JobQueue.enqueue(_:)`, which returns a handle of each job.
///
/// A job that waits for others always ends: where one of them ended otherwise than it needs, it is
/// ``JobState/skipped``, and so is what waits for it in turn.
public protocol JobGraph<Handles>: Sendable {
    /// The handles of its jobs: one for a single job, a tuple for a chain or a group, an array for a group over an array.
    associatedtype Handles: Sendable

    /// What the graph consists of.
    var graphPlan: GraphPlan<Handles> { get }
}

/// A graph that ends in one job, so that the next can be given what that one returns.
public protocol OneEndedGraph: JobGraph {
    /// What the last job returns.
    associatedtype LastOutput: Sendable
}
