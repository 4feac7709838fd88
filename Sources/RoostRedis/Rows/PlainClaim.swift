import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A job that this process claimed and that nothing waits for: with it the row that is kept when it succeeds is made here, and
/// the server need not read the one it has.
struct PlainClaim {
    /// A longer row is settled by the server, so as not to hold it here.
    static let mostBytes = 4096

    let token: LeaseToken
    /// Its number in the claim, from 0.
    let index: UInt16
    let lane: UInt32
    private let row: [UInt8]
    private let stored: Counters
    private let unchangingEnd: Int
    private let headersRange: Range<Int>
    private let enqueuedByRange: Range<Int>

    private struct Counters {
        let attempt: Int
        let failures: Int
        let crashes: Int
        let claims: Int
    }

    /// nil where it is not plain.
    init?(_ bytes: [UInt8], _ row: StoredRow, token: LeaseToken, index: Int) {
        guard row.flags.isEmpty, bytes.count <= Self.mostBytes, let index = UInt16(exactly: index) else { return nil }
        self.token = token
        self.index = index
        self.lane = row.lane
        self.row = bytes
        self.stored = Counters(
            attempt: row.attempt,
            failures: row.failures,
            crashes: row.crashes,
            claims: row.claims
        )
        self.unchangingEnd = row.unchangingEnd
        self.headersRange = row.headersRange
        self.enqueuedByRange = row.enqueuedByRange
    }

    /// How long it is kept, as it is stored.
    var retention: ArraySlice<UInt8> { row[28..<StoredRow.fixedLength] }

    /// The row of the job when it has succeeded, but for the time, which the server adds.
    func succeeded(output: Data?, startedAt: Timestamp?) -> [UInt8] {
        var parts = StoredRow.Parts(rawValue: UInt16(row[2]) << 8 | UInt16(row[3]))
        parts.formUnion([.counters, .ended, .noPayload])
        parts.subtract([.options, .codec, .failure, .output, .started])
        if output != nil { parts.insert(.output) }
        if startedAt != nil { parts.insert(.started) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(unchangingEnd + headersRange.count + enqueuedByRange.count + 52 + (output?.count ?? 0))
        bytes.append(JobState.succeeded.code)
        bytes.append(0)
        bytes.append(number: parts.rawValue)
        bytes.append(contentsOf: row[4..<unchangingEnd])
        bytes.append(number: UInt32(clamping: stored.attempt + (startedAt == nil ? 0 : 1)))
        bytes.append(number: UInt32(clamping: stored.failures))
        bytes.append(number: UInt32(clamping: stored.crashes))
        bytes.append(number: UInt32(clamping: stored.claims + 1))
        bytes.append(number: UInt32(0))
        bytes.append(number: token.number)
        bytes.append(contentsOf: row[headersRange])
        bytes.append(contentsOf: row[enqueuedByRange])
        if let output {
            bytes.append(number: UInt32(truncatingIfNeeded: output.count))
            bytes.append(contentsOf: output)
        }
        if let startedAt { bytes.append(number: startedAt.microseconds) }
        return bytes
    }
}
