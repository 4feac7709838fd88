import RoostCore
import RoostTesting

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Whatever stands in a database as a job's arguments, options and inputs: the worker ends the job, one way or another, and
/// stays alive.
struct PayloadProperty {
    /// A job with arguments of most shapes.
    struct Sample: Job {
        enum Size: String, Codable { case small, large }
        struct Part: Codable {
            var name: String
            var parts: [Part]?
        }

        var text: String?
        var number: Int?
        var ratio: Double?
        var moment: Timestamp?
        var other: JobID?
        var size: Size?
        var part: Part?
        var table: [String: [Int8]]?
        var outcome: JobOutcome<[String]>?
        var outcomes: [JobOutcome<Int>]?
        var failure: JobFailure?

        /// Returns what it was given, so that it is encoded again.
        func run() async throws -> String {
            String(decoding: try PayloadCodec.encode(self), as: UTF8.self)
        }
    }

    /// A parent, which leaves its argument behind.
    struct Parent: Job {
        var fails: Bool?
        var text: String?

        func run() async throws -> String {
            if fails == true { throw CancelExecution("as it was told") }
            return text ?? ""
        }
    }

    func check(_ bytes: [UInt8]) async throws {
        var source = ByteSource(bytes)
        let parents = Int(source.byte() % 3)
        let optionCount = Int(source.byte())
        let options = source.take(optionCount)
        let queue = try JobQueue.immediate(jobs: [Sample.self, Parent.self], discoversJobs: false, logger: .silent)
        var jobs: [NewJob] = []
        for number in 0..<parents {
            let bytes = number == 0 ? Data("{}".utf8) : Data(source.take(Int(source.byte())))
            jobs.append(NewJob(kind: Parent.kind, payload: Payload(bytes: bytes)))
        }
        let child = NewJob(
            kind: Sample.kind,
            payload: Payload(bytes: Data(source.rest())),
            options: options.isEmpty ? nil : Data(options)
        )
        let edges = jobs.enumerated().map { number, parent in
            NewEdge(
                parent: parent.id,
                child: child.id,
                condition: .always,
                position: Int32(number),
                carriesValue: true
            )
        }
        _ = try await queue.store.enqueue(EnqueueBatch(jobs: jobs + [child], edges: edges))
        guard let state = try await queue.job(child.id)?.state else { throw FuzzFailure("the job is gone") }
        // Retries that the stored options allow were made; what is left asked for a later time.
        guard state.isFinished || state == .scheduled else { throw FuzzFailure("the job is \(state)") }
        await queue.close()
    }
}
