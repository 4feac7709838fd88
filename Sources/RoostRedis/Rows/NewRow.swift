import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A new job as the scripts take it: its row, with zeros for what the server knows.
struct NewRow {
    /// The largest moment and duration that a script's numbers hold, in µs: beyond the year 2250.
    static let forever: Int64 = 9_007_199_254_740_991

    let bytes: [UInt8]
    /// The delay of an expiry that counts from the enqueueing, in µs.
    let expiry: Int64?
    /// Whether the short script may store it.
    let isPlain: Bool

    init(_ job: NewJob, lane: UInt32) throws(StoreError) {
        var parts: StoredRow.Parts = []
        var more: [UInt8] = []
        more.reserveCapacity(96 + job.payload.bytes.count + (job.options?.count ?? 0) + job.enqueuedBy.utf8.count)
        if job.rank != 0 {
            parts.insert(.rank)
            more.append(number: job.rank)
        }
        var expiry: Int64?
        switch job.expiry {
        case nil: break
        case .after(let duration): expiry = min(duration.wholeMicroseconds, Self.forever)
        case .at(let time):
            parts.insert(.expires)
            more.append(number: time.microseconds)
        }
        if let graph = job.graph {
            parts.insert(.graph)
            more.append(id: graph)
        }
        if let unique = job.unique {
            parts.insert(.unique)
            more.append(number: JobState.mask(unique.states))
            more.append(number: unique.period.map { max(0, min($0.wholeMicroseconds, Self.forever)) } ?? -1)
            Self.append(Array(unique.key.utf8), to: &more)
        }
        switch job.start {
        case .now: break
        case .after(let delay):
            parts.insert(.start)
            more.append(0)
            more.append(number: min(delay.wholeMicroseconds, Self.forever))
        case .at(let time):
            parts.insert(.start)
            more.append(1)
            more.append(number: time.microseconds)
        }
        isPlain = parts.isEmpty && expiry == nil
        if let options = job.options {
            parts.insert(.options)
            Self.append(options, to: &more)
        }
        if !job.headers.isEmpty {
            parts.insert(.headers)
            Self.append(try StoredJSON.encode(job.headers), to: &more)
        }
        if job.payload.codec != 0 || job.payload.keyID != 0 {
            parts.insert(.codec)
            more.append(job.payload.codec)
            more.append(number: job.payload.keyID)
        }
        if !job.enqueuedBy.isEmpty {
            parts.insert(.enqueuedBy)
            let text = Array(job.enqueuedBy.utf8.prefix(Int(UInt16.max)))
            more.append(number: UInt16(text.count))
            more.append(contentsOf: text)
        }
        more.append(contentsOf: job.payload.bytes)
        var bytes: [UInt8] = [JobState.ready.code, 0]
        bytes.reserveCapacity(StoredRow.fixedLength + more.count)
        bytes.append(number: parts.rawValue)
        bytes.append(number: lane)
        bytes.append(number: Self.rising(job.priority))
        bytes.append(contentsOf: repeatElement(0, count: 14))
        bytes.append(number: UInt16(clamping: job.maxCrashes))
        bytes.append(number: max(0, min(job.retention.wholeMicroseconds, Self.forever)))
        bytes.append(contentsOf: more)
        self.bytes = bytes
        self.expiry = expiry
    }

    /// What the short script is told before the place and the time of enqueueing.
    var head: ArraySlice<UInt8> { bytes[..<12] }
    /// And after them.
    var tail: ArraySlice<UInt8> { bytes[26...] }

    /// The priority as a number that is the smaller the earlier the job comes.
    private static func rising(_ priority: Int32) -> UInt32 {
        UInt32(Int64(Int32.max) - Int64(priority))
    }

    private static func append(_ content: some Collection<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(number: UInt32(truncatingIfNeeded: content.count))
        bytes.append(contentsOf: content)
    }
}
