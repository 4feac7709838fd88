import Foundation

/// What `redis-benchmark` finds, which comes with the server: the round trip and the commands a second that this machine
/// allows any client.
enum RedisBenchmark {
    /// Lines for the report.
    static func findings(_ plan: Plan) throws -> [String] {
        try plan.at(.redis, "redis-benchmark") { place in
            guard let server = place.server else { return [] }
            let script = try server.run("SCRIPT", "LOAD", "return 1").text
            let commands = [
                ("PING", ["PING"]), ("SET of 100 bytes", ["SET", "key", String(repeating: "x", count: 100)]),
                ("EVALSHA of a script that does nothing", ["EVALSHA", script, "0"]),
            ]
            let one = plan.size(20_000, quick: 2000)
            return try commands.map { name, command in
                let alone = try rate(server, ["-c", "1", "-n", "\(one)"], command)
                let many = try rate(server, ["-c", "1", "-P", "100", "-n", "\(one * 20)"], command)
                return "redis-benchmark, 1 connection: \(name) \(grouped(alone))/s one by one, "
                    + "\(grouped(many))/s with 100 in the pipeline"
            }
        }
    }

    private static func rate(_ server: RedisServer, _ options: [String], _ command: [String]) throws -> Double {
        let arguments =
            ["\(RedisServer.installed?.name ?? "redis")-benchmark", "-p", "\(server.port)", "--csv"] + options + command
        let child = try Child("/usr/bin/env", arguments)
        // "test","rps","avg_latency_ms",… and a line of values, where the name has commas of its own.
        guard try child.line(within: 60) != nil, let line = try child.line(within: 60),
            let rate = line.components(separatedBy: "\",\"").dropFirst().first.flatMap({ Double($0) })
        else { throw Failure("redis-benchmark told nothing") }
        return rate
    }
}
