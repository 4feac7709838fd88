public import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Throws unless jobs of a type were enqueued whose arguments satisfy `matches`.
///
/// ```swift
/// let queue = try await JobQueue(.memory)      // no worker: what is enqueued stays there to be looked at
/// try await signUp(name: "Ada", queue: queue)
/// try await expectEnqueued($sendWelcome.self, in: queue) { $0.name == "Ada" }
/// ```
///
/// - Parameters:
///   - type: the jobs' type: `$sendWelcome.self`.
///   - queue: where they were enqueued.
///   - count: how many must match; nil: at least one.
///   - matches: looks at the arguments; by default any will do.
/// - Returns: the jobs that match, as they stand.
/// - Throws: ``ExpectationFailure``, which tells what was enqueued instead; `StoreError`.
@discardableResult
public func expectEnqueued<Work: Job>(
    _ type: Work.Type,
    count: Int? = nil,
    in queue: JobQueue,
    where matches: (Work) -> Bool = { _ in true }
) async throws -> [JobSnapshot] {
    var found: [JobSnapshot] = []
    var others: [String] = []
    for job in try await allJobs(in: queue) {
        if job.kind == Work.kind, let payload = job.payload, let work = try? decode(Work.self, payload), matches(work) {
            found.append(job)
        } else {
            others.append(describe(job))
        }
    }
    guard count.map({ $0 == found.count }) ?? !found.isEmpty else {
        let wanted = count.map { "\($0)" } ?? "at least one"
        var lines = [
            "expected \(wanted) of \(Work.kind) that match; \(found.count) of \(found.count + others.count) jobs do"
        ]
        if !found.isEmpty { lines.append("they are: " + found.map(describe).joined(separator: "; ")) }
        if !others.isEmpty { lines.append("the others are: " + others.joined(separator: "; ")) }
        throw ExpectationFailure(description: lines.joined(separator: "\n"))
    }
    return found
}

/// Throws unless no job of a type was enqueued whose arguments satisfy `matches`.
///
/// - Throws: as `expectEnqueued` does.
public func expectNotEnqueued<Work: Job>(
    _ type: Work.Type,
    in queue: JobQueue,
    where matches: (Work) -> Bool = { _ in true }
) async throws {
    try await expectEnqueued(type, count: 0, in: queue, where: matches)
}

/// What a test expected of a queue is not so.
public struct ExpectationFailure: Error, CustomStringConvertible {
    public let description: String
}

private func allJobs(in queue: JobQueue) async throws(StoreError) -> [JobSnapshot] {
    var jobs: [JobSnapshot] = []
    var page: [JobSnapshot]
    repeat {
        page = try await queue.store.list(JobQuery(after: jobs.last?.id, limit: 500))
        jobs += page
    } while page.count == 500
    return jobs
}

private func decode<Work: Job>(_ type: Work.Type, _ payload: Payload) throws -> Work {
    try PayloadCodec.decode(type, from: payload.bytes)
}

private func describe(_ job: JobSnapshot) -> String {
    // A store forgets the arguments of a job that succeeded.
    let arguments = job.payload.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "(arguments not kept)"
    return "\(job.kind) \(arguments)"
}
