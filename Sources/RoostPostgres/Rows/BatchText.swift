import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A batch of jobs with edges and keys as one text of JSON, as `insert_batch` reads it: one parameter, which every client of Postgres can
/// send.
struct BatchText {
    private(set) var text = ""

    /// - Throws: `StoreError` with code `rejected` for names that no text of Postgres can hold.
    init(_ batch: EnqueueBatch) throws(StoreError) {
        let numbers = Dictionary(batch.jobs.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        let children = Set(batch.edges.map(\.child))
        text.reserveCapacity(batch.jobs.count * 300 + batch.edges.count * 150)
        text += #"{"jobs":["#
        for (number, job) in batch.jobs.enumerated() {
            try Self.check(job, number)
            if number > 0 { text += "," }
            try append(job, waits: children.contains(job.id))
        }
        text += "]"
        if !batch.edges.isEmpty {
            text += #","edges":["#
            for (index, edge) in batch.edges.enumerated() {
                if index > 0 { text += "," }
                append(edge, child: numbers[edge.child], parent: numbers[edge.parent])
            }
            text += "]"
        }
        text += "}"
    }

    /// What `insert_batch` refuses for this reason.
    static func refused(_ message: String) -> String {
        var batch = BatchText()
        batch.text = #"{"jobs":[]"#
        batch.string("refused", message.withoutZeros)
        return batch.text + "}"
    }

    private init() {}

    static func check(_ job: NewJob, _ number: Int) throws(StoreError) {
        guard !job.kind.utf8.contains(0), !job.queue.utf8.contains(0) else {
            throw StoreError(.rejected, "job \(number) has a zero byte in the name of its kind or queue", item: number)
        }
    }

    private mutating func append(_ job: NewJob, waits: Bool) throws(StoreError) {
        text += #"{"id":"\#(job.id)""#
        string("queue", job.queue)
        string("kind", job.kind)
        if job.priority != 0 { integer("priority", job.priority) }
        if job.rank != 0 { integer("rank", job.rank) }
        switch job.start {
        case .now: break
        case .after(let delay): integer("delay", StoredDuration.microseconds(delay))
        case .at(let time): integer("due_at", time.microseconds)
        }
        switch job.expiry {
        case nil: break
        case .after(let time): integer("expires_after", StoredDuration.microseconds(time))
        case .at(let time): integer("expires_at", time.microseconds)
        }
        integer("max_crashes", Int32(clamping: job.maxCrashes))
        integer("retention", StoredDuration.microseconds(job.retention))
        if let graph = job.graph { text += #","graph":"\#(graph)""# }
        if job.payload.codec != 0 { integer("codec", job.payload.codec) }
        if job.payload.keyID != 0 { integer("key_id", job.payload.keyID) }
        string("client", job.enqueuedBy.withoutZeros)
        if let options = job.options { bytes("options", options) }
        if let headers = try StoredJSON.encode(headers: job.headers) { string("headers", headers) }
        bytes("payload", job.payload.bytes)
        if waits { text += #","waits":true"# }
        if let unique = job.unique {
            bytes("unique_key", Data(unique.key.utf8))
            if let period = unique.period { integer("unique_period", StoredDuration.microseconds(period)) }
            integer("unique_states", JobState.mask(unique.states))
        }
        text += "}"
    }

    private mutating func append(_ edge: NewEdge, child: Int?, parent: Int?) {
        text += #"{"child":"\#(edge.child)","parent":"\#(edge.parent)","condition":\#(edge.condition.code)"#
        text += #","position":\#(edge.position),"carries":\#(edge.carriesValue)"#
        if let child { text += #","child_number":\#(child)"# }
        if let parent { text += #","parent_number":\#(parent)"# }
        text += "}"
    }

    private mutating func integer(_ name: StaticString, _ value: some FixedWidthInteger) {
        text += ",\"\(name)\":\(value)"
    }

    private mutating func bytes(_ name: StaticString, _ value: Data) {
        text += ",\"\(name)\":\"\(value.base64EncodedString())\""
    }

    private mutating func string(_ name: StaticString, _ value: String) {
        text += ",\"\(name)\":\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\u{0}"..<"\u{20}": text += "\\u00\(scalar.value < 16 ? "0" : "")\(String(scalar.value, radix: 16))"
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
