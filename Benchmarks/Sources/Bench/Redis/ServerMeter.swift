/// What a server spends between two moments, by two measures.
///
/// **Server time** is the time within commands (`INFO commandstats`), which is what keeps others waiting and what
/// a model of data can be held against. **CPU** is that of the process (`used_cpu`): reading requests, writing replies
/// and the append-only file as well, and every thread.
struct ServerMeter {
    private let server: RedisServer
    private let cpu: Double

    init(_ server: RedisServer) throws {
        self.server = server
        try server.run("CONFIG", "RESETSTAT")
        cpu = try Self.cpu(of: server)
    }

    /// What was spent since, for each of `jobs`.
    func figures(for jobs: Int) throws -> Figures {
        let used = try Self.cpu(of: server) - cpu
        return ["server_time_per_job": try commandTime() / Double(jobs), "server_cpu_per_job": used / Double(jobs)]
    }

    private static func cpu(of server: RedisServer) throws -> Double {
        let info = try server.info("cpu")
        guard let user = info["used_cpu_user"].flatMap({ Double($0) }),
            let system = info["used_cpu_sys"].flatMap({ Double($0) })
        else { throw Failure("redis: INFO cpu does not tell") }
        return user + system
    }

    /// Seconds within scripts. What they call is counted once more by the name of each command, hence not here; what
    /// is no script, such as a subscription, is next to nothing.
    private func commandTime() throws -> Double {
        var microseconds = 0.0
        for (name, value) in try server.info("commandstats") {
            // cmdstat_evalsha:calls=3,usec=120,usec_per_call=40.00,…
            let command = name.dropFirst("cmdstat_".count)
            guard command.hasPrefix("eval") || command.hasPrefix("fcall") else { continue }
            let field = value.split(separator: ",").first { $0.hasPrefix("usec=") }
            microseconds += field.flatMap { Double($0.dropFirst(5)) } ?? 0
        }
        guard microseconds > 0 else { throw Failure("redis: no script ran") }
        return microseconds / 1_000_000
    }
}
