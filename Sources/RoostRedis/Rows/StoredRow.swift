import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A job as it is stored. `Scripts/row.lua` tells the layout; it is part of the model.
struct StoredRow {
    /// Which of the parts that may be missing a row has, in their order.
    struct Parts: OptionSet {
        let rawValue: UInt16

        static let rank = Parts(rawValue: 1)
        static let expires = Parts(rawValue: 2)
        static let graph = Parts(rawValue: 4)
        static let unique = Parts(rawValue: 8)
        static let start = Parts(rawValue: 16)
        static let time = Parts(rawValue: 32)
        static let counters = Parts(rawValue: 64)
        static let options = Parts(rawValue: 128)
        static let headers = Parts(rawValue: 256)
        static let codec = Parts(rawValue: 512)
        static let enqueuedBy = Parts(rawValue: 1024)
        static let failure = Parts(rawValue: 2048)
        static let output = Parts(rawValue: 4096)
        static let started = Parts(rawValue: 8192)
        static let ended = Parts(rawValue: 16384)
        static let noPayload = Parts(rawValue: 32768)
    }

    struct Flags: OptionSet {
        let rawValue: UInt8

        static let hasChildren = Flags(rawValue: 1)
        static let hasInputs = Flags(rawValue: 2)
        static let isPoison = Flags(rawValue: 4)
        static let cancelRequested = Flags(rawValue: 8)
    }

    static let fixedLength = 36

    /// As stored: a job that runs is ready here.
    let state: JobState
    let flags: Flags
    let parts: Parts
    let lane: UInt32
    let priority: Int32
    let enqueuedAt: Timestamp
    var expiresAt: Timestamp?
    var graph: JobID?
    /// When it is due, while it is scheduled, else when it became ready; nil: at once.
    var time: Timestamp?
    var attempt = 0
    var failures = 0
    var crashes = 0
    var claims = 0
    var openEdges = 0
    var options: Data?
    var headers: ArraySlice<UInt8>?
    var codec: UInt8 = 0
    var keyID: Int32 = 0
    var enqueuedBy: ArraySlice<UInt8>?
    var failure: ArraySlice<UInt8>?
    var output: Data?
    var startedAt: Timestamp?
    var finishedAt: Timestamp?
    var payload: Data?
    /// Where the parts end that never change: before the counters.
    let unchangingEnd: Int
    /// Where the headers stand, with their length.
    let headersRange: Range<Int>
    let enqueuedByRange: Range<Int>

    init(_ bytes: [UInt8]) throws(StoreError) {
        var reader = ByteReader(bytes)
        state = try JobState(code: try reader.number(UInt8.self))
        flags = Flags(rawValue: try reader.number(UInt8.self))
        parts = Parts(rawValue: try reader.number(UInt16.self))
        lane = try reader.number(UInt32.self)
        priority = Int32(truncatingIfNeeded: Int64(Int32.max) - Int64(try reader.number(UInt32.self)))
        try reader.skip(6)
        enqueuedAt = try reader.time()
        try reader.skip(10)
        if parts.contains(.rank) { try reader.skip(8) }
        if parts.contains(.expires) { expiresAt = try reader.time() }
        if parts.contains(.graph) { graph = try reader.id() }
        if parts.contains(.unique) {
            try reader.skip(10)
            try reader.skip(try reader.count())
        }
        if parts.contains(.start) { try reader.skip(9) }
        if parts.contains(.time) { time = try reader.time() }
        unchangingEnd = reader.position
        if parts.contains(.counters) {
            attempt = try reader.count()
            failures = try reader.count()
            crashes = try reader.count()
            claims = try reader.count()
            openEdges = try reader.count()
            try reader.skip(8)
        }
        if parts.contains(.options) { options = try reader.data(try reader.count()) }
        let headersStart = reader.position
        if parts.contains(.headers) { headers = try reader.slice(try reader.count()) }
        headersRange = headersStart..<reader.position
        if parts.contains(.codec) {
            codec = try reader.number(UInt8.self)
            keyID = try reader.number(Int32.self)
        }
        let enqueuedByStart = reader.position
        if parts.contains(.enqueuedBy) { enqueuedBy = try reader.slice(Int(try reader.number(UInt16.self))) }
        enqueuedByRange = enqueuedByStart..<reader.position
        if parts.contains(.failure) { failure = try reader.slice(try reader.count()) }
        if parts.contains(.output) { output = try reader.data(try reader.count()) }
        if parts.contains(.started) { startedAt = try reader.time() }
        let payloadLength = reader.rest - (parts.contains(.ended) ? 8 : 0)
        if parts.contains(.noPayload) {
            try reader.skip(payloadLength)
        } else {
            payload = try reader.data(payloadLength)
        }
        if parts.contains(.ended) { finishedAt = try reader.time() }
    }

    /// When it last became ready; nil: it never was.
    var readyAt: Timestamp? {
        switch state {
        case .scheduled: nil
        case .ready, .running, .held, .succeeded: time ?? enqueuedAt
        case .waiting, .failed, .cancelled, .expired, .skipped: time
        }
    }

    func readHeaders() throws(StoreError) -> [String: String] {
        guard let headers else { return [:] }
        return try StoredJSON.decode([String: String].self, from: Data(headers))
    }

    func readFailure() throws(StoreError) -> FailureRecord? {
        guard let failure else { return nil }
        return try StoredFailure.decode(failure)
    }

    func outcome(kind: String) throws(StoreError) -> StoredOutcome? {
        guard state.isFinished, let finishedAt else { return nil }
        return StoredOutcome(
            state: state,
            output: output,
            failure: try readFailure(),
            kind: kind,
            attempt: attempt,
            finishedAt: finishedAt
        )
    }
}
