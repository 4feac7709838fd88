import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The lanes that are paused. Few, so that they are read whole.
struct Pauses {
    private var rows: [(queue: Int64, kind: Int64)] = []

    init(_ transaction: WriteTransaction) throws {
        rows = try transaction.query("SELECT queue, kind FROM roost_pause").all { ($0.int(0), $0.int(1)) }
    }

    func cover(queue: Int64, kind: Int64) -> Bool {
        rows.contains { ($0.queue == 0 || $0.queue == queue) && ($0.kind == 0 || $0.kind == kind) }
    }
}

extension RevocationScope {
    /// How it is kept: a job by its id, a kind by its name.
    var stored: Data {
        switch self {
        case .job(let id): Data([0]) + Data(id.bytes)
        case .kind(let kind): Data([1]) + Data(kind.utf8)
        }
    }

    init?(stored: Data) {
        let rest = stored.dropFirst()
        switch stored.first {
        case 0:
            guard let id = JobID(bytes: rest) else { return nil }
            self = .job(id)
        case 1: self = .kind(String(decoding: rest, as: UTF8.self))
        default: return nil
        }
    }
}

/// The revocations in force, as one claim needs them.
struct Revocations {
    private var kinds: [String: Bool] = [:]
    private var jobs: [JobID: Bool] = [:]

    init(_ transaction: WriteTransaction) throws {
        let rows = try Self.rows(transaction)
        for row in rows {
            switch row.scope {
            case .kind(let kind): kinds[kind] = row.once
            case .job(let id): jobs[id] = row.once
            }
        }
    }

    func covers(_ job: ClaimedJob) throws -> Bool {
        guard !kinds.isEmpty || !jobs.isEmpty else { return false }
        return jobs[job.id] != nil || kinds[job.kind] != nil
    }

    /// Takes back a revocation that holds once, now that it took effect. A job's own goes before its kind's.
    mutating func use(_ job: ClaimedJob, _ transaction: WriteTransaction) throws {
        if let once = jobs[job.id] {
            guard once else { return }
            jobs[job.id] = nil
            try Self.remove(.job(job.id), transaction)
        } else if kinds[job.kind] == true {
            kinds[job.kind] = nil
            try Self.remove(.kind(job.kind), transaction)
        }
    }

    static func scopes(_ transaction: WriteTransaction) throws -> [RevocationScope] {
        try rows(transaction).map(\.scope)
    }

    static func remove(_ scope: RevocationScope, _ transaction: WriteTransaction) throws {
        try transaction.query("DELETE FROM roost_revocation WHERE scope = ?").bind(1, scope.stored).run()
    }

    private static func rows(_ transaction: WriteTransaction) throws -> [(scope: RevocationScope, once: Bool)] {
        let rows = try transaction.query("SELECT scope, once, until FROM roost_revocation ORDER BY at, scope")
            .all { (scope: RevocationScope(stored: $0.data(0)), once: $0.bool(1), until: $0.optionalTime(2)) }
        guard !rows.isEmpty else { return [] }
        if rows.contains(where: { $0.until.map { $0 <= transaction.now } ?? false }) {
            try transaction.query("DELETE FROM roost_revocation WHERE until <= ?").bind(1, transaction.now).run()
        }
        return rows.compactMap { row in
            guard let scope = row.scope else { return nil }
            if let until = row.until, until <= transaction.now { return nil }
            return (scope, row.once)
        }
    }
}
