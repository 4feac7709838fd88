/// A script that the server runs in one step. One of a name is the same as another of that name.
package struct RedisScript: Sendable, Hashable {
    package let name: String
    package let source: String
    /// By which the server knows it.
    let digest: String

    package init(name: String, source: String) {
        self.name = name
        self.source = source
        self.digest = SHA1.hexadecimal(Array(source.utf8))
    }

    package static func == (left: RedisScript, right: RedisScript) -> Bool { left.name == right.name }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }

    var load: RedisCommand { RedisCommand("SCRIPT", "LOAD", source) }
}

extension RedisScript {
    func call(_ keys: [String], _ arguments: (inout RedisCommand) -> Void) -> RedisCommand {
        var command = RedisCommand("EVALSHA", digest)
        command.append(keys.count)
        for key in keys { command.append(key) }
        arguments(&command)
        return command
    }
}
