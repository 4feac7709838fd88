import RoostRedisClient

/// The scripts, each put together from the parts that it needs. `Scripts/` has them, with what they are told and answer, and
/// with the keys, beside the code that writes them.
enum Scripts {
    static let open = bare("open", PackageResources.open_lua)
    static let nameLanes = script("name-lanes", [PackageResources.pattern_lua], PackageResources.name_lanes_lua)
    static let enqueuePlain = script("enqueue-plain", [], PackageResources.enqueue_plain_lua, flags: [])
    static let enqueue = script("enqueue", rules + inserting, PackageResources.enqueue_lua, flags: [])
    static let exchange = script(
        "exchange",
        rules + inserting + [PackageResources.settle_lua, PackageResources.claim_lua],
        PackageResources.exchange_lua
    )
    static let register = script("register", [], PackageResources.register_lua)
    static let retire = script("retire", rules + writing, PackageResources.retire_lua)
    static let disown = script("disown", rules + writing, PackageResources.disown_lua)
    static let extend = script("extend", [PackageResources.state_lua], PackageResources.extend_lua)
    static let reclaim = script("reclaim", rules + writing, PackageResources.reclaim_lua)
    static let advance = script("advance", rules + writing, PackageResources.advance_lua)
    static let perform = script(
        "perform",
        rules + inserting + [PackageResources.pattern_lua, PackageResources.deleting_lua],
        PackageResources.perform_lua
    )
    static let prune = script("prune", rules + inserting + [PackageResources.deleting_lua], PackageResources.prune_lua)
    static let inputs = script("inputs", [], PackageResources.inputs_lua, flags: ["no-writes"])
    static let look = script("look", rules, PackageResources.look_lua, flags: ["no-writes"])
    static let counts = script(
        "counts",
        [PackageResources.state_lua],
        PackageResources.counts_lua,
        flags: ["no-writes"]
    )

    static let all = [
        open, nameLanes, enqueuePlain, enqueue, exchange, register, retire, disown, extend, reclaim, advance, perform,
        prune,
        inputs, look, counts,
    ]

    /// The rules that all steps of a job's life keep to.
    private static let rules = [
        PackageResources.state_lua, PackageResources.row_lua, PackageResources.lane_lua, PackageResources.lease_lua,
        PackageResources.ending_lua,
    ]
    private static let writing = [PackageResources.index_lua, PackageResources.finish_lua]
    private static let inserting = [
        PackageResources.index_lua, PackageResources.insert_lua, PackageResources.finish_lua,
    ]

    /// - Parameter flags: what the server is told of the script. `allow-oom`: it runs also where the memory that the server may
    ///   use is full, since what workers do makes room; but nothing is enqueued then.
    private static func script(
        _ name: String,
        _ parts: [[UInt8]],
        _ body: [UInt8],
        flags: [String] = ["allow-oom"]
    ) -> RedisScript {
        let texts = ([PackageResources.context_lua] + parts + [body]).map { String(decoding: $0, as: UTF8.self) }
        return RedisScript(name: name, source: head(flags) + texts.joined(separator: "\n"))
    }

    /// One that does not look at the epoch first.
    private static func bare(_ name: String, _ body: [UInt8]) -> RedisScript {
        RedisScript(name: name, source: head(["allow-oom"]) + String(decoding: body, as: UTF8.self))
    }

    private static func head(_ flags: [String]) -> String {
        flags.isEmpty ? "#!lua\n" : "#!lua flags=\(flags.joined(separator: ","))\n"
    }
}
