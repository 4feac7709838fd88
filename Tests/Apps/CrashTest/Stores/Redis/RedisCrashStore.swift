import Foundation
import ProcessSupport
import RedisSupport
import RoostCore
import RoostRedis
import RoostTesting
import Synchronization

/// A namespace on a Redis server, seen from beside Roost: this side asks by a connection, and by scripts, of its own.
final class RedisCrashStore: CrashStore {
    static let namespace = "roost"

    let port: Int
    /// In the driver alone, which starts it, harms it and reads its files.
    let server: RedisServer?
    private let clock = Mutex(ServerClock())
    let memoryLimit = Mutex(false)

    var noticesDeath: Bool { false }
    var runsInItsClient: Bool { false }
    var isJournalInOrder: Bool { false }

    init(port: Int, server: RedisServer? = nil) {
        self.port = port
        self.server = server
    }

    func open(patience: Duration) async throws -> any JobStore {
        let seconds = Double(patience / .milliseconds(1)) / 1000
        return try await RedisStore("redis://127.0.0.1:\(port)?namespace=\(Self.namespace)&timeout=\(seconds)")
    }

    /// The server keeps its file in any case, and has no places in its scripts at which one could kill it.
    func prepare(journal: Bool, crashPoints: Bool) async throws {
        let store = try await open(patience: .seconds(10))
        await store.close()
    }

    func probe() throws -> RedisProbe {
        try RedisProbe(port: port)
    }

    static func key(_ name: String) -> String { "{\(namespace)}:\(name)" }

    /// Runs a script that is told the prefix of all keys, and then `arguments`.
    @discardableResult
    func ask(_ script: String, _ arguments: [String] = []) throws -> RedisReply {
        try probe().command(["EVAL", script, "0", Self.key("")] + arguments)
    }

    // MARK: The journal

    func journal(_ asked: [JobID: AskedAction]) throws -> [HistoryEvent] {
        try readJournal(asked).events
    }

    /// - Parameter onStep: is told of each step, with the server's time, and of what it touched.
    func readJournal(
        _ asked: [JobID: AskedAction],
        onStep: (AppendOnlyFile.Step, Int64, RedisKeyspace.Touched) throws -> Void = { _, _, _ in }
    ) throws -> RedisJournal {
        guard let server else { throw Failure("only who started the server can read its files") }
        let clock = clock.withLock { clock in
            clock.lookAgain()
            return clock
        }
        var journal = RedisJournal(
            namespace: Self.namespace,
            asked: asked,
            clock: clock
        )
        var steps: [AppendOnlyFile.Step] = []
        try AppendOnlyFile(folder: server.folder.path).read { step in
            // What the audit puts in to hear its own questions is gone again when the step is over.
            if !RedisAudit.isPlanting(step) { steps.append(step) }
        }
        let times = try RedisJournal.times(of: steps, namespace: Self.namespace, latest: ServerClock.date)
        for (step, time) in zip(steps, times) {
            let touched = try journal.add(step, at: time)
            try onStep(step, time, touched)
        }
        return journal
    }

    // MARK: Looking

    /// Every row as it is stored, with the claim that holds it, in one step.
    private func rows() throws -> [(id: JobID, row: RedisRow, token: Int64)] {
        let script =
            RedisAudit.look + """

                local answer = {}
                for id, r in pairs(S.jobs) do
                  local held = S.held[id]
                  answer[#answer + 1] = id
                  answer[#answer + 1] = r.raw
                  answer[#answer + 1] = held and held[1] or '0'
                end
                return answer
                """
        let values = try ask(script).array ?? []
        return try stride(from: 0, to: values.count - 2, by: 3).map { index in
            guard let id = values[index].data.flatMap({ JobID(bytes: $0) }), let row = values[index + 1].data,
                let token = values[index + 2].integer
            else { throw UnreadableStore(what: "a row that cannot be read") }
            return (id, try RedisRow(row[...]), Int64(token))
        }
    }

    private func kinds() throws -> [UInt32: String] {
        let names = try probe().command("HGETALL", Self.key("lanenames")).array ?? []
        var kinds: [UInt32: String] = [:]
        for index in stride(from: 0, to: names.count - 1, by: 2) {
            guard let number = names[index].integer, let name = names[index + 1].data else { continue }
            var reader = Bytes(name[...])
            try reader.skip(Int(try reader.number(2)))
            kinds[UInt32(number)] = String(decoding: reader.rest, as: UTF8.self)
        }
        return kinds
    }

    func finalJobs() throws -> [History.FinalJob] {
        let kinds = try kinds()
        return try rows().map { id, row, token in
            let runs = row.state == .ready && token != 0
            return History.FinalJob(
                id: id,
                kind: kinds[row.lane] ?? "",
                state: runs ? .running : row.state,
                token: runs ? token : row.settledBy,
                claims: row.claims + (runs ? 1 : 0),
                attempt: row.attempt,
                crashes: row.crashes
            )
        }
    }

    /// By the store's own counts, which the audit compares with the rows: this is asked often.
    func leftovers() throws -> [String] {
        let kinds = try kinds()
        let names = ["leases", "te", "tg"]
        let replies = try probe().pipeline([
            ["HGETALL", Self.key("n")], ["ZCARD", Self.key("leases")], ["LLEN", Self.key("te")],
            ["LLEN", Self.key("tg")],
        ])
        var found: [String] = []
        for (field, count) in replies[0].fields.sorted(by: { $0.key < $1.key }) where count != "0" {
            let parts = field.split(separator: ":").compactMap { Int($0) }
            guard parts.count == 2 else { throw UnreadableStore(what: "a count of '\(field)'") }
            let state = try RedisRow.state(parts[1])
            if !state.isFinished { found.append("\(count) \(state.rawValue) of \(kinds[UInt32(parts[0])] ?? "")") }
        }
        for (name, reply) in zip(names, replies.dropFirst()) {
            guard let count = reply.integer else { throw UnreadableStore(what: "no count of '\(name)'") }
            if count > 0 { found.append("\(count) in \(name)") }
        }
        return found
    }

    func knownWorkers() throws -> Int {
        try probe().command("HLEN", Self.key("workers")).integer ?? 0
    }

    func leases(ofProcess process: Int32) throws -> Int {
        let script = """
            local workers, count = redis.call('HGETALL', ARGV[1] .. 'workers'), 0
            local ours = {}
            for i = 1, #workers, 2 do
              local told = cjson.decode(string.sub(workers[i + 1], 9))
              if told.process == tonumber(ARGV[2]) then ours[struct.pack('>I8', tonumber(workers[i]))] = true end
            end
            for _, token in ipairs(redis.call('ZRANGE', ARGV[1] .. 'leases', 0, -1)) do
              if ours[redis.call('GETRANGE', ARGV[1] .. 'c:' .. token, 0, 7)] then count = count + 1 end
            end
            return count
            """
        return try ask(script, ["\(process)"]).integer ?? 0
    }

    func succeededSoFar() throws -> Int {
        // The store keeps no count of those that it has pruned; each that succeeded became ready, and nearly once.
        try probe().command("HGET", Self.key("meta"), "pos").integer ?? 0
    }

    func reasons() throws -> [(kind: String, reason: String)] {
        let kinds = try kinds()
        return try rows().filter { $0.row.state.isFinished && $0.row.state != .succeeded }
            .map { (kinds[$0.row.lane] ?? "", $0.row.reason ?? "") }
    }

    func audit() throws -> [(query: String, row: String)] {
        try findings(RedisAudit.questions)
    }

    func lastAudit() throws -> [(query: String, row: String)] {
        try findings(RedisAudit.questions + RedisAudit.lastQuestions)
    }

    private func findings(_ questions: [RedisAudit.Question]) throws -> [(query: String, row: String)] {
        let values = try ask(RedisAudit.script(questions)).texts
        return stride(from: 0, to: values.count - 1, by: 2).map { (values[$0], values[$0 + 1]) }
    }

    func sizes() -> [(name: String, bytes: Int)] {
        let memory = (try? probe().info("memory")["used_memory"]).flatMap { $0 }.flatMap { Int($0) }
        return [("database", memory ?? 0)]
    }

    // MARK: Harming

    /// The server stands still: what is sent to it waits.
    func block(for duration: Duration) async throws {
        guard let server else { throw Failure("only who started the server can stop it") }
        server.pause()
        defer { server.resume() }
        try await Task.sleep(for: duration)
    }

    /// The server has a limit of its own.
    func obeyRoomLimit() async throws {}
}

extension RedisReply {
    /// Of a string, be it a text or not.
    var data: [UInt8]? {
        switch self {
        case .bytes(let bytes): bytes
        case .text(let text): Array(text.utf8)
        case .null, .integer, .array, .error: nil
        }
    }
}
