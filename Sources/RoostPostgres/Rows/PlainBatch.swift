import RoostCore
import RoostPostgresClient

/// Jobs without edges and unique keys as arrays of columns. A column in which all are alike as nothing is left out.
struct PlainBatch {
    let jobs: [NewJob]
    /// All that there are, in the order of their first job.
    private var lanes: [LaneName] = []
    /// Of each job the place of its lane among them, from 1.
    private var places: [Int32] = []
    private let headers: [String?]?

    /// Whether a batch has no more to it.
    static func isPlain(_ batch: EnqueueBatch) -> Bool {
        guard batch.edges.isEmpty, let client = batch.jobs.first?.enqueuedBy else { return false }
        return batch.jobs.allSatisfy { $0.unique == nil && $0.enqueuedBy == client }
    }

    /// - Throws: `StoreError` with code `rejected` for names that no text of Postgres can hold.
    init(_ jobs: [NewJob]) throws(StoreError) {
        self.jobs = jobs
        var headers: [String?]?
        if jobs.contains(where: { !$0.headers.isEmpty }) {
            var texts: [String?] = []
            for job in jobs { texts.append(try StoredJSON.encode(headers: job.headers)) }
            headers = texts
        }
        self.headers = headers
        try findLanes()
    }

    private mutating func findLanes() throws(StoreError) {
        places.reserveCapacity(jobs.count)
        var known: [LaneName: Int32] = [:]
        for (number, job) in jobs.enumerated() {
            // Nearly always that of the job before.
            if let place = places.last, lanes[Int(place) - 1].kind == job.kind, lanes[Int(place) - 1].queue == job.queue
            {
                places.append(place)
                continue
            }
            try BatchText.check(job, number)
            let name = LaneName(queue: job.queue, kind: job.kind)
            let place = known[name] ?? Int32(lanes.count + 1)
            if known.updateValue(place, forKey: name) == nil { lanes.append(name) }
            places.append(place)
        }
    }

    /// As `enqueue_one` takes its job.
    func appendOne(to parameters: inout PostgresParameters) {
        let job = jobs[0]
        parameters.append(job.enqueuedBy.withoutZeros)
        parameters.append(id: job.id.words)
        parameters.append(job.queue)
        parameters.append(job.kind)
        parameters.append(~job.priority)
        parameters.append(job.rank)
        parameters.append(job.start.delay)
        parameters.append(job.start.moment)
        parameters.append(job.expiresAfter)
        parameters.append(job.expiresAt)
        parameters.append(Int32(clamping: job.maxCrashes))
        parameters.append(StoredDuration.microseconds(job.retention))
        parameters.append(id: job.graph?.words)
        parameters.append(Int16(job.payload.codec))
        parameters.append(job.payload.keyID)
        parameters.append(bytes: job.options)
        parameters.append(headers?[0])
        parameters.append(bytes: job.payload.bytes)
    }

    /// As `enqueue_plain` takes them.
    func append(to parameters: inout PostgresParameters) {
        parameters.append(jobs[0].enqueuedBy.withoutZeros)
        parameters.appendArray(of: .text) { for lane in lanes { $0.append(lane.queue) } }
        parameters.appendArray(of: .text) { for lane in lanes { $0.append(lane.kind) } }
        parameters.appendArray(of: .uuid) { for job in jobs { $0.append(id: job.id.words) } }
        parameters.appendArray(of: .int4) { for place in places { $0.append(place) } }
        parameters.appendArray(of: .int4) { for job in jobs { $0.append(~job.priority) } }
        integers(\.otherRank, &parameters)
        integers(\.start.delay, &parameters)
        integers(\.start.moment, &parameters)
        integers(\.expiresAfter, &parameters)
        integers(\.expiresAt, &parameters)
        parameters.appendArray(of: .int4) { for job in jobs { $0.append(Int32(clamping: job.maxCrashes)) } }
        parameters.appendArray(of: .int8) { for job in jobs { $0.append(StoredDuration.microseconds(job.retention)) } }
        if jobs.contains(where: { $0.graph != nil }) {
            parameters.appendArray(of: .uuid) { for job in jobs { $0.append(id: job.graph?.words) } }
        } else {
            parameters.appendNull(array: .uuid)
        }
        if jobs.contains(where: { $0.payload.codec != 0 || $0.payload.keyID != 0 }) {
            parameters.appendArray(of: .int2) { for job in jobs { $0.append(Int16(job.payload.codec)) } }
            parameters.appendArray(of: .int4) { for job in jobs { $0.append(job.payload.keyID) } }
        } else {
            parameters.appendNull(array: .int2)
            parameters.appendNull(array: .int4)
        }
        if jobs.contains(where: { $0.options != nil }) {
            parameters.appendArray(of: .bytea) { for job in jobs { $0.append(bytes: job.options) } }
        } else {
            parameters.appendNull(array: .bytea)
        }
        if let headers {
            parameters.appendArray(of: .text) { for text in headers { $0.append(text) } }
        } else {
            parameters.appendNull(array: .text)
        }
        parameters.appendArray(of: .bytea) { for job in jobs { $0.append(bytes: job.payload.bytes) } }
    }

    private func integers(_ value: KeyPath<NewJob, Int64?>, _ parameters: inout PostgresParameters) {
        guard jobs.contains(where: { $0[keyPath: value] != nil }) else { return parameters.appendNull(array: .int8) }
        parameters.appendArray(of: .int8) { for job in jobs { $0.append(job[keyPath: value]) } }
    }
}

extension NewJob {
    fileprivate var otherRank: Int64? { rank == 0 ? nil : rank }

    fileprivate var expiresAfter: Int64? {
        if case .after(let time) = expiry { StoredDuration.microseconds(time) } else { nil }
    }

    fileprivate var expiresAt: Int64? {
        if case .at(let time) = expiry { time.microseconds } else { nil }
    }
}

extension JobOptions.Start {
    /// How long from now; nil: not told so.
    var delay: Int64? {
        if case .after(let delay) = self { StoredDuration.microseconds(delay) } else { nil }
    }

    var moment: Int64? {
        if case .at(let time) = self { time.microseconds } else { nil }
    }
}
