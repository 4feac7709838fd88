import Foundation
import RoostCore

/// What lies under the keys of a namespace, as far as the journal tells of it, kept up to date from the commands that the server
/// wrote down. `Sources/RoostRedis/Scripts` says which keys there are.
struct RedisKeyspace {
    struct Lease {
        var worker: Int64
        /// Where the jobs that it holds have a byte that is not 0.
        var fence: [UInt8]
        var jobs: [JobID]
    }

    private(set) var rows: [JobID: RedisRow] = [:]
    private(set) var leases: [Int64: Lease] = [:]
    /// When leases end, by the server's clock.
    private(set) var ends: [Int64: Int64] = [:]
    /// The process of each worker.
    private(set) var workers: [Int64: Int32] = [:]
    private(set) var kinds: [UInt32: String] = [:]
    /// The claim that holds a job.
    private(set) var holders: [JobID: Int64] = [:]
    /// The edges by their parent (and what else is told of them): whether they are open.
    private var edges: [ArraySlice<UInt8>: [ArraySlice<UInt8>: Bool]] = [:]
    /// How many open edges lead to a job.
    private var openEdges: [JobID: Int] = [:]

    /// What a job is like, as far as a history tells of it.
    struct Face: Equatable {
        var state: JobState
        var kind: String
        /// The claim that holds it.
        var token: Int64 = 0
        var claims: Int
        var attempt: Int
        var crashes: Int
        var settledBy: Int64
    }

    /// What the commands touched since the last time it was taken.
    struct Touched {
        /// In this order, each with what it was like before; nil: it was not there.
        var jobs: [JobID] = []
        var faces: [JobID: Face?] = [:]
        var leases: [Int64: (lease: Lease?, end: Int64?)] = [:]
        var workers: [Int64: Int32?] = [:]
        var requests: [JobID] = []
        /// What may be the time of the step.
        var times: [Int64] = []
    }

    private(set) var touched = Touched()
    private let prefix: [UInt8]

    init(namespace: String) {
        prefix = Array("{\(namespace)}:".utf8)
    }

    mutating func takeTouched() -> Touched {
        defer { touched = Touched() }
        return touched
    }

    func face(of job: JobID) -> Face? {
        guard let row = rows[job] else { return nil }
        var face = Face(
            state: row.state,
            kind: kinds[row.lane] ?? "",
            claims: row.claims,
            attempt: row.attempt,
            crashes: row.crashes,
            settledBy: row.settledBy
        )
        if row.state == .ready, let token = holders[job] {
            face.state = .running
            face.token = token
            face.claims += 1
        }
        return face
    }

    func openEdges(of job: JobID) -> Int { openEdges[job] ?? 0 }

    // MARK: Commands

    /// - Throws: ``UnreadableStore`` for a command that the scripts do not use on such a key.
    mutating func apply(_ command: [ArraySlice<UInt8>]) throws {
        guard command.count > 1 else { return }
        let name = String(decoding: command[0], as: UTF8.self).uppercased()
        switch name {
        case "SELECT": return
        // One that found a key and set none is not in the file.
        case "MSET", "MSETNX":
            for index in stride(from: 1, to: command.count - 1, by: 2) {
                try apply("SET", command[index], command[(index + 1)...(index + 1)])
            }
        case "DEL", "UNLINK":
            for key in command[1...] { try apply("DEL", key, []) }
        default: try apply(name, command[1], command[2...])
        }
    }

    private mutating func apply(
        _ name: String,
        _ key: ArraySlice<UInt8>,
        _ words: ArraySlice<ArraySlice<UInt8>>
    ) throws {
        guard key.starts(with: prefix) else { return }
        let rest = key.dropFirst(prefix.count)
        let sort = rest.prefix { $0 != UInt8(ascii: ":") }
        let id = rest.dropFirst(sort.count + 1)
        let words = Array(words)
        switch String(decoding: sort, as: UTF8.self) {
        case "j": try applyToRow(name, try Self.job(id), words)
        case "c": try applyToLease(name, try Self.number(id), words)
        case "leases": try applyToEnds(name, words)
        case "workers": try applyToWorkers(name, words)
        case "e": try applyToEdges(name, id, words)
        case "lanenames":
            guard name == "HSET" else { throw Self.unknown(name, "lanenames") }
            for index in stride(from: 0, to: words.count - 1, by: 2) {
                var reader = Bytes(words[index + 1])
                try reader.skip(Int(try reader.number(2)))
                kinds[UInt32(try Self.number(words[index]))] = String(decoding: reader.rest, as: UTF8.self)
            }
        case "beats":
            if name == "HSET", words.count == 2 {
                var reader = Bytes(words[1])
                touched.times.append(try reader.time())
            }
        case "a":
            if name == "RPUSH", let entry = words.first {
                var reader = Bytes(entry)
                try reader.skip(20)
                touched.times.append(try reader.time())
            }
        case "req":
            guard name == "SET", let value = words.first else { return }
            touched.requests.append(try Self.job(id))
            var reader = Bytes(value)
            touched.times.append(try reader.time() - Int64(StoreLimits.requestMemory / .microseconds(1)))
        default: break
        }
    }

    private mutating func applyToRow(_ name: String, _ job: JobID, _ words: [ArraySlice<UInt8>]) throws {
        touch(job)
        let before = rows[job]
        switch name {
        case "DEL": rows[job] = nil
        case "SET":
            // That a row cannot be read is for the audit to say.
            guard let row = try? RedisRow(words[0]) else {
                rows[job] = nil
                return
            }
            rows[job] = row
            if before == nil { touched.times.append(row.enqueuedAt) }
            if let finished = row.finishedAt, finished != before?.finishedAt { touched.times.append(finished) }
            if row.state == .ready, let time = row.time, time != before?.time { touched.times.append(time) }
        default: throw Self.unknown(name, "j:\(job)")
        }
    }

    private mutating func applyToLease(_ name: String, _ token: Int64, _ words: [ArraySlice<UInt8>]) throws {
        touch(lease: token)
        let before = leases[token]
        switch name {
        case "DEL": leases[token] = nil
        case "SET":
            var reader = Bytes(words[0])
            let worker = try reader.time()
            let count = reader.rest.count / 17
            let fence = Array(try reader.bytes(count))
            var jobs: [JobID] = []
            for _ in 0..<count { jobs.append(try reader.id()) }
            leases[token] = Lease(worker: worker, fence: fence, jobs: jobs)
            // Never less than the time, and no more either unless two are made in one microsecond.
            touched.times.append(token)
        case "SETRANGE":
            guard try Self.number(words[0]) == 8, let lease = before, words[1].count == lease.fence.count else {
                throw UnreadableStore(what: "a lease \(token) of another length than its jobs")
            }
            leases[token]?.fence = Array(words[1])
        default: throw Self.unknown(name, "c:\(token)")
        }
        let now = leases[token]
        for (index, job) in (now ?? before)?.jobs.enumerated() ?? [].enumerated() {
            let held = before.map { $0.fence[index] != 0 } ?? false
            let holds = now.map { $0.fence[index] != 0 } ?? false
            guard held != holds else { continue }
            touch(job)
            if holds { holders[job] = token } else if holders[job] == token { holders[job] = nil }
        }
    }

    private mutating func applyToEnds(_ name: String, _ words: [ArraySlice<UInt8>]) throws {
        switch name {
        case "ZADD":
            let token = try Self.number(words[1])
            touch(lease: token)
            ends[token] = try Self.number(words[0])
        case "ZREM":
            for word in words {
                let token = try Self.number(word)
                touch(lease: token)
                ends[token] = nil
            }
        default: throw Self.unknown(name, "leases")
        }
    }

    private mutating func applyToWorkers(_ name: String, _ words: [ArraySlice<UInt8>]) throws {
        struct Registration: Decodable {
            var process: Int32
        }
        switch name {
        case "HSET":
            let worker = try Self.number(words[0])
            if touched.workers[worker] == nil { touched.workers.updateValue(workers[worker], forKey: worker) }
            var reader = Bytes(words[1])
            touched.times.append(try reader.time())
            workers[worker] = try JSONDecoder().decode(Registration.self, from: Data(reader.rest)).process
        case "HDEL":
            for word in words {
                let worker = try Self.number(word)
                if touched.workers[worker] == nil { touched.workers.updateValue(workers[worker], forKey: worker) }
                workers[worker] = nil
            }
        default: throw Self.unknown(name, "workers")
        }
    }

    private mutating func applyToEdges(_ name: String, _ parent: ArraySlice<UInt8>, _ words: [ArraySlice<UInt8>]) throws
    {
        switch name {
        case "ZADD":
            for index in stride(from: 0, to: words.count - 1, by: 2) {
                try setEdge(words[index + 1], of: parent, isOpen: try Self.number(words[index]) == 0)
            }
        case "ZREM":
            for word in words { try setEdge(word, of: parent, isOpen: nil) }
        case "ZREMRANGEBYSCORE":
            // Those that are resolved.
            for (edge, isOpen) in edges[parent] ?? [:] where !isOpen { try setEdge(edge, of: parent, isOpen: nil) }
        case "DEL":
            for edge in Array((edges[parent] ?? [:]).keys) { try setEdge(edge, of: parent, isOpen: nil) }
        default: throw Self.unknown(name, "e:")
        }
    }

    private mutating func setEdge(_ edge: ArraySlice<UInt8>, of parent: ArraySlice<UInt8>, isOpen: Bool?) throws {
        let child = try Self.job(edge.prefix(16))
        if edges[parent]?[edge] == true { openEdges[child, default: 0] -= 1 }
        edges[parent, default: [:]][edge] = isOpen
        if isOpen == true { openEdges[child, default: 0] += 1 }
    }

    // MARK: What was touched

    private mutating func touch(_ job: JobID) {
        guard touched.faces[job] == nil else { return }
        touched.jobs.append(job)
        touched.faces.updateValue(face(of: job), forKey: job)
    }

    private mutating func touch(lease token: Int64) {
        if touched.leases[token] == nil { touched.leases[token] = (leases[token], ends[token]) }
    }

    // MARK: Values

    private static func job(_ bytes: ArraySlice<UInt8>) throws -> JobID {
        guard let id = JobID(bytes: bytes) else { throw UnreadableStore(what: "an id of \(bytes.count) bytes") }
        return id
    }

    private static func number(_ bytes: ArraySlice<UInt8>) throws -> Int64 {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let number = Int64(text) ?? Double(text).flatMap(Int64.init(exactly:)) else {
            throw UnreadableStore(what: "'\(text)' where a number must be")
        }
        return number
    }

    private static func unknown(_ name: String, _ key: String) -> UnreadableStore {
        UnreadableStore(what: "the journal has a command \(name) on \(key), which it cannot follow")
    }
}
