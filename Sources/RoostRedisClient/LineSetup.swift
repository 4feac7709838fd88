internal import Logging

/// What a line needs to know.
struct LineSetup: Sendable {
    let finder: ServerFinder
    let scripts: [RedisScript]
    let onConnect: RedisClient.ConnectHook?
    let logger: Logger
    let timeout: Duration
}
