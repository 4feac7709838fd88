package import RoostRedisClient

/// What a server tells of itself. What it did not tell, or may not tell this user, is nil.
package struct ServerFacts: Sendable, Equatable {
    package enum Product: Sendable, Equatable {
        case redis
        case valkey
    }

    package enum Role: Sendable, Equatable {
        case master
        /// A copy of the server at this address.
        case replica(of: String)
    }

    /// When what was appended reaches the disk.
    package enum AppendSync: String, Sendable {
        case always
        case everySecond = "everysec"
        case whenSystemLikes = "no"
    }

    package struct Replica: Sendable, Equatable {
        package var address: String
        /// Whether it follows, and is not still being filled.
        package var isOnline: Bool
        /// How long ago it was last heard of, in seconds.
        package var lag: Int?
    }

    package var product: Product?
    package var version: ServerVersion?
    /// Another each time that the server starts.
    package var run: String?
    package var role: Role?
    package var replicas: [Replica] = []
    /// Whether it is still reading what it had on disk.
    package var isLoading = false
    package var appends: Bool?
    package var appendSync: AppendSync?
    /// The times at which it writes snapshots, as its configuration has them; empty: never.
    package var snapshots: String?
    package var lastAppendFailed = false
    package var lastSnapshotFailed = false
    package var usedMemory: Int64?
    /// 0: no limit.
    package var maxMemory: Int64?
    package var evictionPolicy: String?
    /// Why it told less than it was asked: `CONFIG: NOPERM this user has no permissions …`.
    package var silences: [String] = []

    package init() {}
}

/// `7.0.15`
package struct ServerVersion: Sendable, Equatable, Comparable, CustomStringConvertible {
    package let parts: [Int]
    package let description: String

    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".").map { part in Int(part.prefix { $0.isASCII && $0.isNumber }) }
        guard let first = parts.first, first != nil else { return nil }
        self.parts = parts.map { $0 ?? 0 }
        self.description = String(text)
    }

    package static func < (left: ServerVersion, right: ServerVersion) -> Bool {
        left.parts.lexicographicallyPrecedes(right.parts)
    }

    package static func == (left: ServerVersion, right: ServerVersion) -> Bool { left.parts == right.parts }
}

// MARK: Reading

extension ServerFacts {
    /// Asks for all of it. Each is asked for alone: a server, or a user's permissions, may lack one.
    package static var questions: [RedisCommand] {
        sections.map { RedisCommand("INFO", $0) } + [
            RedisCommand("CONFIG", "GET", "append*"), RedisCommand("CONFIG", "GET", "save"),
            RedisCommand("CONFIG", "GET", "maxmemory*"),
        ]
    }

    private static let sections = ["server", "replication", "persistence", "memory"]

    /// - Parameter replies: to ``questions``, in their order.
    package init(replies: [RedisValue]) {
        var info: [String: String] = [:]
        var settings: [String: String] = [:]
        for (number, reply) in replies.enumerated() {
            let isInfo = number < Self.sections.count
            if case .error(let message) = reply {
                // Several are refused alike.
                let silence = "\(isInfo ? "INFO" : "CONFIG GET"): \(message)"
                if !silences.contains(silence) { silences.append(silence) }
            } else if isInfo {
                info.merge(Self.fields(in: reply.text ?? "")) { first, _ in first }
            } else {
                settings.merge(Self.pairs(in: reply.array ?? [])) { first, _ in first }
            }
        }
        read(info)
        read(settings: settings)
    }

    /// The lines of an answer to `INFO`: `name:value`.
    private static func fields(in text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
        }
        return fields
    }

    /// An answer to `CONFIG GET`: names and values by turns.
    private static func pairs(in values: [RedisValue]) -> [String: String] {
        var pairs: [String: String] = [:]
        for index in stride(from: 0, to: values.count - 1, by: 2) {
            if let name = values[index].text, let value = values[index + 1].text { pairs[name] = value }
        }
        return pairs
    }

    private mutating func read(_ info: [String: String]) {
        // Valkey also says which Redis it is like, and that as redis_version.
        if let valkey = info["valkey_version"] {
            product = .valkey
            version = ServerVersion(valkey)
        } else if let redis = info["redis_version"] {
            product = info["server_name"] == "valkey" ? .valkey : .redis
            version = ServerVersion(redis)
        }
        run = info["run_id"]
        switch info["role"] {
        case "master": role = .master
        case "slave", "replica":
            role = .replica(of: "\(info["master_host"] ?? "?"):\(info["master_port"] ?? "?")")
        default: break
        }
        while let line = info["slave\(replicas.count)"] { replicas.append(Replica(line: line)) }
        isLoading = info["loading"] == "1"
        appends = info["aof_enabled"].map { $0 == "1" }
        lastAppendFailed = info["aof_last_write_status"] == "err"
        lastSnapshotFailed = info["rdb_last_bgsave_status"] == "err"
        usedMemory = info["used_memory"].flatMap { Int64($0) }
        maxMemory = info["maxmemory"].flatMap { Int64($0) }
        evictionPolicy = info["maxmemory_policy"]
    }

    private mutating func read(settings: [String: String]) {
        appends = appends ?? settings["appendonly"].map { $0 == "yes" }
        appendSync = settings["appendfsync"].flatMap(AppendSync.init)
        snapshots = settings["save"]
        maxMemory = maxMemory ?? settings["maxmemory"].flatMap { Int64($0) }
        evictionPolicy = evictionPolicy ?? settings["maxmemory-policy"]
    }
}

extension ServerFacts.Replica {
    /// `ip=10.0.0.2,port=6379,state=online,offset=14,lag=1`
    fileprivate init(line: String) {
        var fields: [Substring: Substring] = [:]
        for field in line.split(separator: ",") {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        address = "\(fields["ip"] ?? "?"):\(fields["port"] ?? "?")"
        isOnline = fields["state"] == "online"
        lag = fields["lag"].flatMap { Int($0) }
    }
}
