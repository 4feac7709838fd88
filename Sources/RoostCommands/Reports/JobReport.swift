import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// All that a store knows of one job.
struct JobReport {
    let job: JobSnapshot
    /// The attempts that did not succeed, oldest first.
    let attempts: [AttemptRecord]
    let now: Timestamp

    init(job: JobSnapshot, attempts: [AttemptRecord], now: Timestamp) {
        self.job = job
        self.attempts = attempts
        self.now = now
    }

    /// nil where the store has no such job.
    init?(of id: JobID, in store: any JobStore) async throws(StoreError) {
        guard let job = try await store.snapshots(of: [id]).first ?? nil else { return nil }
        self.init(job: job, attempts: try await store.attempts(of: id), now: store.time.now)
    }

    /// The arguments, the output: JSON as it is stored; anything else as a string that says so.
    static func value(of bytes: Data?, codec: UInt8 = 0) -> JSONValue? {
        guard let bytes else { return nil }
        guard codec == 0, let text = String(validating: bytes, as: UTF8.self), let value = try? JSONParser.parse(text)
        else { return .string("(\(bytes.count) bytes that are not JSON)") }
        return value
    }

    var arguments: JSONValue? {
        job.payload.flatMap { payload in
            payload.keyID == 0
                ? Self.value(of: payload.bytes, codec: payload.codec)
                : .string("(\(payload.bytes.count) bytes, encrypted)")
        }
    }

    var result: JSONValue? { Self.value(of: job.output) }
}
