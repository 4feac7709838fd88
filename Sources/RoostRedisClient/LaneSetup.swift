internal import Logging

/// What a lane needs to know.
struct LaneSetup: Sendable {
    let finder: ServerFinder
    let scripts: [RedisScript]
    let onConnect: RedisClient.ConnectHook?
    let logger: Logger
    let timeout: Duration
}
