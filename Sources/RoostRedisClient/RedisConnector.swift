internal import NIOCore
internal import NIOPosix
internal import NIOSSL

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Makes connections and introduces itself on them.
struct RedisConnector: Sendable {
    let configuration: RedisConfiguration
    private let context: Result<NIOSSLContext, RedisError>?

    init(_ configuration: RedisConfiguration) {
        self.configuration = configuration
        context = configuration.tls.map { tls in
            do throws(RedisError) { return .success(try tls.context()) } catch { return .failure(error) }
        }
    }

    /// What is said first on a connection.
    enum Greeting {
        /// That of a connection for commands: credentials, name, database.
        case full
        /// To a Sentinel.
        case sentinel
    }

    func open(
        _ address: RedisAddress,
        _ greeting: Greeting,
        on eventLoop: any EventLoop,
        within limit: Duration
    ) async throws(RedisError) -> ConnectionHandle {
        let deadline = NIODeadline.now() + limit.asTimeAmount
        let handle = try await connect(to: address, on: eventLoop, within: limit)
        do throws(RedisError) {
            try await greet(handle, greeting, by: deadline)
        } catch {
            handle.close()
            throw error
        }
        return handle
    }

    private func connect(
        to address: RedisAddress,
        on eventLoop: any EventLoop,
        within limit: Duration
    ) async throws(RedisError) -> ConnectionHandle {
        let context = try context?.get()
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(limit.asTimeAmount)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 262_144)
            )
        do {
            let bound: NIOLoopBound<RedisConnection> =
                switch address {
                case .host(let name, let port):
                    try await Self.keepingAlive(bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1))
                        .connect(host: name, port: port) { Self.prepare($0, context, for: address) }
                case .unix(let path):
                    try await bootstrap.connect(unixDomainSocketPath: path) { Self.prepare($0, context, for: address) }
                }
            return ConnectionHandle(address: address, bound: bound)
        } catch {
            throw .connectionLost("\(address): \(Self.reason(error))")
        }
    }

    /// Asks a silent peer after half a minute whether it is there, and gives it up after another: what lies between may have
    /// forgotten the connection, and the first call after that would cost its whole time limit.
    private static func keepingAlive(_ bootstrap: ClientBootstrap) -> ClientBootstrap {
        #if canImport(Darwin)
        let idle = TCP_KEEPALIVE
        #else
        let idle = TCP_KEEPIDLE
        #endif
        return [(idle, 30), (TCP_KEEPINTVL, 10), (TCP_KEEPCNT, 3)].reduce(bootstrap) { bootstrap, option in
            bootstrap.channelOption(
                ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: option.0)),
                value: option.1
            )
        }
    }

    private static func prepare(
        _ channel: any Channel,
        _ context: NIOSSLContext?,
        for address: RedisAddress
    ) -> EventLoopFuture<NIOLoopBound<RedisConnection>> {
        channel.eventLoop.makeCompletedFuture {
            if let context {
                let handler = try NIOSSLClientHandler(context: context, serverHostname: address.nameForTLS)
                try channel.pipeline.syncOperations.addHandler(handler)
            }
            let connection = RedisConnection(isSecret: context != nil)
            try channel.pipeline.syncOperations.addHandler(connection)
            return NIOLoopBound(connection, eventLoop: channel.eventLoop)
        }
    }

    /// NIO lists each address of a name that it tried.
    private static func reason(_ error: any Error) -> String {
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)) }
        guard let error = error as? NIOConnectionError else { return "\(error)" }
        if let first = error.connectionErrors.first { return reason(first.error) }
        return "the name '\(error.host)' cannot be resolved"
    }

    // MARK: Greeting

    private func greet(
        _ handle: ConnectionHandle,
        _ greeting: Greeting,
        by deadline: NIODeadline
    ) async throws(RedisError) {
        var commands = [RedisCommand("CLIENT", "SETNAME", "roost")]
        let credentials =
            switch greeting {
            case .full: configuration.credentials
            case .sentinel: configuration.sentinelCredentials
            }
        if let credentials {
            var command = RedisCommand("AUTH")
            if let user = credentials.user { command.append(user) }
            command.append(credentials.password)
            commands.insert(command, at: 0)
        }
        let selects = greeting == .full && configuration.database != 0
        if selects { commands.append(RedisCommand("SELECT", String(configuration.database))) }
        let replies = try await handle.request(commands, by: deadline)
        for (index, reply) in replies.enumerated() {
            guard let error = reply.serverError else { continue }
            // A name is for people who look: a user who may not give one does without.
            let isName = index == (credentials == nil ? 0 : 1)
            if isName, ["NOPERM", "ERR"].contains(error.code), !error.message.contains("max number of clients") {
                continue
            }
            throw Self.refusal(error, at: handle.address, greeting)
        }
    }

    /// What an error among the first answers means.
    private static func refusal(
        _ error: ServerError,
        at address: RedisAddress,
        _ greeting: Greeting
    ) -> RedisError {
        if error.reaction != .none { return error.error }
        if error.message.contains("max number of clients") { return .connectionLost("\(address): \(error.message)") }
        let (server, password) =
            greeting == .sentinel
            ? ("Sentinel", "name it by the option sentinel-password")
            : ("Redis server", "write it before the host, user:password@")
        if error.code == "NOAUTH" { return .refused("the \(server) \(address) wants a password: \(password)") }
        return .refused("the \(server) \(address) refuses the connection: \(error.message)")
    }
}
