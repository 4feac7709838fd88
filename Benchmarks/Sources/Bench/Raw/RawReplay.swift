import Foundation

/// The raw limit on Redis: Roost's own script of a claim and a settle, as it stands in the sources, called by hiredis's blocking
/// client in a store that Roost filled. No worker, no wake-ups that anybody hears, no decoding.
final class RawReplay {
    private let connection: RedisConnection
    private let exchange: String
    private let epoch: [UInt8]
    private let laneCount: Int
    private var claims = 0

    /// A claim whose jobs are not settled yet.
    struct Claimed: Equatable {
        var token: [UInt8]
        var ids: [UInt8]
        /// As they were stored.
        var rows: [[UInt8]]
        var count: Int { rows.count }
    }

    /// - Parameter scripts: the folder of the store's scripts.
    init(port: Int, scripts: URL) throws {
        connection = try RedisConnection(port: port)
        // As RoostRedis puts them together.
        let parts = [
            "context", "state", "row", "lane", "lease", "ending", "insert", "index", "finish", "settle", "claim",
            "exchange",
        ]
        let texts = try parts.map { try String(contentsOf: scripts.appending(path: "\($0).lua"), encoding: .utf8) }
        let source = "#!lua flags=allow-oom\n" + texts.joined(separator: "\n")
        exchange = try connection.run("SCRIPT", "LOAD", source).text
        epoch = try connection.run("HGET", "{roost}:meta", "epoch").bytes
        laneCount = Int(try connection.run("HGET", "{roost}:meta", "lanes").text) ?? 0
        guard epoch.count == 16, laneCount == 1 else { throw Failure("this is not a store with jobs of one kind") }
    }

    /// Settles what was claimed before, and claims at most `limit` jobs, in one call, as Roost does; either may be left out.
    ///
    /// - Returns: nil where there are none, or none were asked for.
    func exchange(settling claimed: Claimed?, claiming limit: Int?) throws -> Claimed? {
        var arguments: [RedisArgument] = [
            .text("EVALSHA"), .text(exchange), .number(2), .text("{roost}:meta"), .text("{roost}:absent"), .data(epoch),
            .text(""), .text(""), .number(claimed == nil ? 0 : 1),
        ]
        if let claimed { arguments += settle(claimed) }
        arguments.append(.number(0))
        if let limit {
            // Lanes; worker, limit, lease, whether one may run alone; the number of the claim, the greatest token that is
            // known; one queue, of one lane, the first.
            claims += 1
            arguments += [.number(laneCount), .data([0, 0, 0, 0, 0, 0, 0, 1]), .number(limit), .number(30_000_000)]
            arguments += [.text("1"), .number(claims), .number(0), .number(1), .number(1), .number(1)]
        }
        try connection.send(arguments)
        let reply = try connection.reply()
        if let claimed {
            let applied = reply[0]?.bytes.count { $0 == 0 } ?? 0
            guard applied == claimed.count else { throw Failure("\(applied) of \(claimed.count) jobs were settled") }
        }
        guard limit != nil, let claim = reply[5], let rows = claim[5], rows.count > 0 else { return nil }
        return Claimed(
            token: claim[0]?.bytes ?? [],
            ids: claim[1]?.bytes ?? [],
            rows: (0..<rows.count).map { rows[$0]?.bytes ?? [] }
        )
    }

    /// One group: token, lane, retention, how many, their numbers in the claim, their ids, and the rows that are kept, but
    /// for the time: succeeded, with counters, when the job began, and no payload.
    private func settle(_ claimed: Claimed) -> [RedisArgument] {
        var numbers: [UInt8] = []
        for index in 0..<claimed.count { numbers += [UInt8(index >> 8 & 255), UInt8(index & 255)] }
        let retention = Array((claimed.rows.first ?? []).dropFirst(28).prefix(8))
        let counters: [UInt8] =
            [0, 0, 0, 1] + [UInt8](repeating: 0, count: 8) + [0, 0, 0, 1] + [UInt8](repeating: 0, count: 12)
        let started: [UInt8] = [0, 6, 76, 241, 14, 118, 4, 0]
        let head: [RedisArgument] = [
            .data(claimed.token), .number(1), .data(retention), .number(claimed.count), .data(numbers),
            .data(claimed.ids),
        ]
        return head + claimed.rows.map { .data([5, 0, 0xe0, 0x40] + $0.dropFirst(4).prefix(32) + counters + started) }
    }

    /// How many jobs wait or run.
    func left() throws -> Int {
        let counts = try connection.run("HMGET", "{roost}:n", "1:1", "1:3")
        return (Int(counts[0]?.text ?? "") ?? 0) + (Int(counts[1]?.text ?? "") ?? 0)
    }
}
