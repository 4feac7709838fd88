import RedisSupport

/// The memory that a server may use: filled, it is as much as it uses.
struct ServerMemory: Room {
    let server: RedisServer
    var means: String { "maxmemory" }

    func fill() throws {
        let probe = try server.probe()
        let used = try probe.info("memory")["used_memory"] ?? "1"
        try probe.command("CONFIG", "SET", "maxmemory", used)
    }

    func makeRoom() throws {
        try server.probe().command("CONFIG", "SET", "maxmemory", "0")
    }
}
