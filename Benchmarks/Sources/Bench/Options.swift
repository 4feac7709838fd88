/// What the command line asks for.
struct Options {
    var isQuick = false
    /// Only cases whose id begins with one of these; empty: all.
    var cases: [String] = []
    var python: String?
    var huey: String?
    var ruby: String?
    var sidekiq: String?
    /// The scripts of the peers on Postgres, by the peer's name, all run by `python`.
    var postgresPeers: [(peer: Peer, script: String)] = []
    var scripts = "Sources/RoostRedis/Scripts"
    var swift = "Swift"
    var out = ""

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        func value(_ name: String) throws -> String {
            guard let value = rest.popFirst() else { throw Failure("\(name) needs a value") }
            return value
        }
        while let name = rest.popFirst() {
            switch name {
            case "--quick": isQuick = true
            case "--cases": cases = try value(name).split(separator: ",").map(String.init)
            case "--python": python = try value(name)
            case "--huey": huey = try value(name)
            case "--ruby": ruby = try value(name)
            case "--sidekiq": sidekiq = try value(name)
            case "--pgqueuer": postgresPeers.append((.pgqueuer, try value(name)))
            case "--procrastinate": postgresPeers.append((.procrastinate, try value(name)))
            case "--scripts": scripts = try value(name)
            case "--swift": swift = try value(name)
            case "--out": out = try value(name)
            default: throw Failure("unknown option \(name)")
            }
        }
        guard !out.isEmpty else { throw Failure("--out is missing") }
    }

    func selects(_ one: Case) -> Bool {
        cases.isEmpty || cases.contains { "\(one.id).\(one.store.rawValue)".hasPrefix($0) }
    }
}
