import Foundation
import GRDB
import RoostCore

/// The raw limit's own processes.
enum RawChild {
    /// `raw-fill FILE COUNT`
    static func fill(_ arguments: Arguments) async throws -> Figures? {
        let count = try arguments.number(1)
        try makeDatabase(try arguments.text(0)) { raw in
            for _ in 0..<(count / 1000) {
                let ids = (0..<1000).map { _ in JobID().bytes }
                try raw.transaction { try raw.enqueue(ids) }
            }
        }
        return [:]
    }

    /// `raw-drain FILE BATCH CONNECTIONS apart|together`: claims and settles until nothing is left, each a transaction of
    /// its own, or a settle and the next claim in one.
    static func drain(_ arguments: Arguments) async throws -> Figures? {
        let path = try arguments.text(0)
        let batch = try arguments.number(1)
        let isTogether = try arguments.text(3) == "together"
        let pools = try (0..<(try arguments.number(2))).map { _ in try RawSQLite.open(path) }
        let processor = Clock.processCPU
        let start = Clock.now
        let settled = try await withThrowingTaskGroup(of: Int.self) { group in
            for pool in pools {
                group.addTask { try await drain(pool, batch, isTogether: isTogether) }
            }
            return try await group.reduce(0, +)
        }
        let elapsed = Clock.now - start
        let used = Clock.processCPU - processor
        let left = try await pools[0].read { db in
            try Int.fetchOne(db, sql: "SELECT (SELECT count(*) FROM job) + (SELECT count(*) FROM lease)") ?? -1
        }
        guard left == 0 else { throw Failure("\(left) rows are left") }
        let jobs = Double(settled)
        return ["jobs_per_second": jobs / elapsed, "writer_cpu_per_job": used / jobs]
    }

    /// On the thread of the pool's writer, one transaction after the other.
    private static func drain(_ database: DatabaseQueue, _ batch: Int, isTogether: Bool) async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            database.asyncWriteWithoutTransaction { db in
                continuation.resume(with: Result { try drain(try RawSQLite(db), batch, isTogether: isTogether) })
            }
        }
    }

    private static func drain(_ raw: RawSQLite, _ batch: Int, isTogether: Bool) throws -> Int {
        var count = 0
        if isTogether {
            var jobs: [RawSQLite.Claimed] = []
            repeat {
                jobs = try raw.transaction {
                    try raw.settle(jobs)
                    return try raw.claim(batch)
                }
                count += jobs.count
            } while !jobs.isEmpty
        } else {
            while true {
                let jobs = try raw.transaction { try raw.claim(batch) }
                guard !jobs.isEmpty else { break }
                try raw.transaction { try raw.settle(jobs) }
                count += jobs.count
            }
        }
        return count
    }

    /// `raw-enqueue FILE COUNT`: one commit a row.
    static func enqueue(_ arguments: Arguments) async throws -> Figures? {
        let count = try arguments.number(1)
        var figures: Figures = [:]
        try makeDatabase(try arguments.text(0)) { raw in
            let start = Clock.now
            for _ in 0..<count {
                let id = JobID().bytes
                try raw.transaction { try raw.enqueue([id]) }
            }
            figures["jobs_per_second"] = Double(count) / (Clock.now - start)
        }
        return figures
    }

    /// `raw-exchanges FILE COUNT`: a settle and a claim of one job, in one commit.
    static func exchanges(_ arguments: Arguments) async throws -> Figures? {
        let count = try arguments.number(1)
        var figures: Figures = [:]
        try makeDatabase(try arguments.text(0)) { raw in
            try raw.transaction { try raw.enqueue((0..<count).map { _ in JobID().bytes }) }
            var jobs = try raw.transaction { try raw.claim(1) }
            let start = Clock.now
            var settled = 0
            while !jobs.isEmpty {
                settled += jobs.count
                jobs = try raw.transaction {
                    try raw.settle(jobs)
                    return try raw.claim(1)
                }
            }
            guard settled == count else { throw Failure("\(settled) of \(count) were settled") }
            figures["jobs_per_second"] = Double(count) / (Clock.now - start)
        }
        return figures
    }

    private static func makeDatabase(_ path: String, _ body: (RawSQLite) throws -> Void) throws {
        let database = try RawSQLite.open(path)
        try database.writeWithoutTransaction { db in
            try db.execute(sql: RawSchema.sql)
            try body(RawSQLite(db))
            _ = try db.checkpoint(.truncate)
        }
        try database.close()
    }
}
