import RoostCore
import RoostRedisClient
import Testing

@testable import RoostRedis

@Suite struct StoreErrorTests {
    @Test(
        "what a server says is told by what may be done about it",
        arguments: [
            ("LOADING Redis is loading the dataset in memory", .unavailable),
            ("BUSY Redis is busy running a script", .unavailable),
            ("TRYAGAIN Multiple keys request during rehashing of slot", .unavailable),
            ("CLUSTERDOWN Hash slot not served", .unavailable),
            ("READONLY You can't write against a read only replica.", .unavailable),
            ("MASTERDOWN Link with MASTER is down", .unavailable),
            ("MOVED 1 127.0.0.1:7001", .unavailable),
            ("NOSCRIPT No matching script.", .unavailable),
            ("NOREPLICAS Not enough good replicas to write.", .readOnly),
            ("MISCONF Errors writing to the AOF file", .readOnly),
            ("OOM command not allowed when used memory > 'maxmemory'.", .full),
            ("WRONGTYPE Operation against a key", .foreign),
            ("NOPERM this user has no permissions to run the 'get' command", .unavailable),
            ("NOWAKE +spublish &{roost}:* (ERR refused)", .unavailable),
            ("ERR unknown command", .broken),
        ] as [(String, StoreError.Code)]
    )
    func server(message: String, code: StoreError.Code) {
        let error = RedisError.server(code: String(message.prefix { $0 != " " }), message: message)
        #expect(StoreError.from(error, at: "redis://host/0").code == code)
    }
}
