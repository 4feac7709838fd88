package import RoostCore

extension ServerFacts {
    /// What is to be said of the server, in the order in which it matters.
    ///
    /// - Parameters:
    ///   - acceptsEviction: ``RedisStoreOptions/acceptsEviction``.
    ///   - replicas: ``RedisStoreOptions/replicas``: how many an enqueue waits for.
    package func findings(acceptsEviction: Bool, replicas: Int) -> [StoreFinding] {
        [versionFinding, roleFinding] + persistenceFindings
            + [evictionFinding(acceptsEviction: acceptsEviction), memoryFinding, replicasFinding(replicas)]
            + silences.map(Self.silenceFinding)
    }

    /// `Redis 7.0.15`
    package var serverName: String {
        switch product {
        case .redis: "Redis \(version?.description ?? "")"
        case .valkey: "Valkey \(version?.description ?? "")"
        case nil: "a server of unknown version"
        }
    }

    private var versionFinding: StoreFinding {
        guard let product, let version, let needed = ServerVersion(product == .redis ? "7.0" : "7.2") else {
            return StoreFinding(
                .warning,
                "version",
                "the server does not say its version",
                advice: "make sure that it is Redis 7.0 or Valkey 7.2, or later"
            )
        }
        guard version < needed else { return StoreFinding(.ok, "version", serverName) }
        return StoreFinding(
            .problem,
            "version",
            serverName,
            meaning: "it lacks commands that Roost needs (SSUBSCRIBE, flags of scripts)",
            advice: "use Redis 7.0 or Valkey 7.2, or later",
            refusal: .foreign
        )
    }

    private var roleFinding: StoreFinding {
        switch role {
        case .master: StoreFinding(.ok, "role", "master")
        case .replica(let master):
            StoreFinding(
                .problem,
                "role",
                "a replica of \(master)",
                meaning: "what is written to it, if it takes writes at all, the master never has",
                advice: """
                    name the master; where Sentinels know it write redis+sentinel://, and for several hosts of which one is \
                    the master redis://a,b
                    """,
                refusal: .readOnly
            )
        case nil:
            StoreFinding(
                .warning,
                "role",
                "the server does not say whether it is a master",
                advice: "make sure that it is"
            )
        }
    }

    private static func silenceFinding(_ silence: String) -> StoreFinding {
        StoreFinding(
            .warning,
            "settings",
            "the server did not tell all: \(silence)",
            advice: "allow this user INFO and CONFIG GET, or look where the server is managed"
        )
    }
}

// MARK: Persistence

extension ServerFacts {
    private var persistenceFindings: [StoreFinding] {
        var findings = [persistenceFinding]
        if lastAppendFailed {
            findings.append(
                StoreFinding(
                    .problem,
                    "disk",
                    "the last write to the append-only file failed",
                    meaning: "the server takes no writes until one succeeds",
                    advice: "look at its disk and its log"
                )
            )
        }
        if lastSnapshotFailed, snapshots != "" {
            findings.append(
                StoreFinding(
                    .problem,
                    "disk",
                    "the last snapshot failed",
                    meaning: "the server takes no writes until one succeeds, unless stop-writes-on-bgsave-error is no",
                    advice: "look at its disk, its memory (vm.overcommit_memory) and its log"
                )
            )
        }
        return findings
    }

    private var persistenceFinding: StoreFinding {
        switch appends {
        case true?: appendFinding
        case false?: snapshotFinding
        case nil:
            StoreFinding(
                .warning,
                "persistence",
                "the server does not say whether it keeps anything on disk",
                meaning: "a restart may lose all jobs",
                advice: "make sure that it runs with appendonly yes"
            )
        }
    }

    private var appendFinding: StoreFinding {
        switch appendSync {
        case .always:
            StoreFinding(
                .ok,
                "persistence",
                "append-only file, appendfsync always",
                meaning: "what was acknowledged is on disk, also if the machine fails"
            )
        case .everySecond:
            StoreFinding(
                .ok,
                "persistence",
                "append-only file, appendfsync everysec",
                meaning: """
                    if the machine fails, what was acknowledged in about the last second is lost (two seconds with a slow disk)
                    """
            )
        case .whenSystemLikes:
            StoreFinding(
                .warning,
                "persistence",
                "append-only file, appendfsync no",
                meaning: """
                    if the machine fails, what was acknowledged since the system last wrote to the disk is lost, often half a \
                    minute
                    """,
                advice: "set appendfsync everysec, or always"
            )
        case nil:
            StoreFinding(
                .ok,
                "persistence",
                "append-only file; the server does not say how often it reaches the disk",
                meaning: "with appendfsync everysec, the default, a failure of the machine loses about the last second"
            )
        }
    }

    private var snapshotFinding: StoreFinding {
        let advice = "set appendonly yes (CONFIG SET appendonly yes, then CONFIG REWRITE)"
        switch snapshots {
        case ""?:
            return StoreFinding(
                .problem,
                "persistence",
                "nothing is kept on disk",
                meaning: "a restart of the server loses all jobs",
                advice: advice
            )
        case let times?:
            return StoreFinding(
                .warning,
                "persistence",
                "snapshots alone (save \(times))",
                meaning: "if the server dies, what was acknowledged since its last snapshot is lost",
                advice: advice
            )
        case nil:
            return StoreFinding(
                .warning,
                "persistence",
                "no append-only file",
                meaning: "if the server dies, what was acknowledged since its last snapshot, if there are any, is lost",
                advice: advice
            )
        }
    }
}

// MARK: Memory

extension ServerFacts {
    private enum Eviction {
        /// None, or of keys that no job is in.
        case none
        /// Only keys that have an expiry: of Roost's, the remembered requests (`req:`).
        case requests
        case jobs
    }

    /// What may be dropped when the memory is full.
    private func eviction(_ policy: String) -> Eviction {
        if policy == "noeviction" { return .none }
        // What is not known yet may drop anything.
        return policy.hasPrefix("volatile-") ? .requests : .jobs
    }

    private func evictionFinding(acceptsEviction: Bool) -> StoreFinding {
        guard let evictionPolicy else {
            return StoreFinding(
                .warning,
                "eviction",
                "the server does not say what it drops when its memory is full",
                meaning: "jobs may be dropped",
                advice: "make sure that maxmemory-policy is noeviction"
            )
        }
        let what = "maxmemory-policy \(evictionPolicy)"
        switch eviction(evictionPolicy) {
        case .none:
            return StoreFinding(.ok, "eviction", what, meaning: "nothing is dropped; a full server refuses new jobs")
        case .requests:
            return StoreFinding(
                maxMemory == 0 ? .ok : .warning,
                "eviction",
                what,
                meaning: """
                    no job is dropped, since none has an expiry; but a cancel, retry or other request that was sent again \
                    because its answer was lost may be done twice
                    """,
                advice: maxMemory == 0 ? nil : "set maxmemory-policy noeviction"
            )
        case .jobs where maxMemory == 0:
            return StoreFinding(
                .warning,
                "eviction",
                what,
                meaning: "nothing is dropped as long as maxmemory is 0; with a limit jobs would be",
                advice: "set maxmemory-policy noeviction"
            )
        case .jobs:
            return StoreFinding(
                .problem,
                "eviction",
                what,
                meaning: acceptsEviction
                    ? "the server drops jobs when its memory is full, which this store was told to accept (accept-eviction)"
                    : "the server drops jobs when its memory is full",
                advice: acceptsEviction
                    ? "set maxmemory-policy noeviction"
                    : """
                    set maxmemory-policy noeviction (CONFIG SET maxmemory-policy noeviction, then CONFIG REWRITE), or use \
                    another server than the one of a cache; accept-eviction=true opens the store nevertheless
                    """,
                refusal: acceptsEviction ? nil : .unavailable
            )
        }
    }

    private var memoryFinding: StoreFinding {
        guard let usedMemory else {
            return StoreFinding(.warning, "memory", "the server does not say how much it uses")
        }
        guard let maxMemory, maxMemory > 0 else {
            let limit = maxMemory == nil ? "it does not say of how much" : "no limit (maxmemory 0)"
            return StoreFinding(.ok, "memory", "\(Self.size(usedMemory)) used, \(limit)")
        }
        let share = Double(usedMemory) / Double(maxMemory)
        let what = "\(Self.size(usedMemory)) used of \(Self.size(maxMemory))"
        guard share >= 0.9 else { return StoreFinding(.ok, "memory", what) }
        let then = evictionPolicy.map(eviction) == .jobs ? "jobs are dropped" : "new jobs are refused"
        return StoreFinding(
            share >= 1 ? .problem : .warning,
            "memory",
            what,
            meaning: share >= 1 ? then : "when it is full, \(then)",
            advice: "give the server more memory, or keep finished jobs for less time"
        )
    }

    /// `1.5 MB`
    static func size(_ bytes: Int64) -> String {
        let units = ["bytes", "kB", "MB", "GB", "TB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let tenths = (value * 10).rounded() / 10
        return unit == 0 || tenths == tenths.rounded() ? "\(Int(tenths)) \(units[unit])" : "\(tenths) \(units[unit])"
    }
}

// MARK: Replicas

extension ServerFacts {
    private func replicasFinding(_ needed: Int) -> StoreFinding {
        let online = replicas.filter(\.isOnline)
        let what = replicas.isEmpty ? "none" : replicas.map(\.description).joined(separator: "; ")
        guard online.count < needed else {
            let meaning =
                needed > 0
                ? "an enqueue waits for \(needed)"
                : replicas.isEmpty
                    ? nil
                    : "a failover loses what the new master lacked; the option replicas makes an enqueue wait for them"
            return StoreFinding(.ok, "replicas", what, meaning: meaning)
        }
        return StoreFinding(
            .problem,
            "replicas",
            what,
            meaning: "an enqueue waits for \(needed), and fails",
            advice: "start replicas, or lower the option replicas"
        )
    }
}

extension ServerFacts.Replica {
    /// `10.0.0.2:6379, silent for 12 s`
    fileprivate var description: String {
        var parts = [address]
        if !isOnline { parts.append("not online") }
        if let lag, lag > 1 { parts.append("silent for \(lag) s") }
        return parts.joined(separator: ", ")
    }
}
