internal import NIOCore

/// Connections to nodes that a slot is on its way to, for commands that were answered `ASK`.
///
/// On the event loop of its line.
final class AskLinks {
    private enum Link {
        case connecting([QueuedCall<RedisCall>])
        case open(ConnectionHandle)
    }

    var onAnswer: ((RedisConnection, QueuedCall<RedisCall>, [RedisValue]) -> Void)?
    var onLoss: (([QueuedCall<RedisCall>], RedisError) -> Void)?
    /// Gets a call that could not be sent.
    var onRefusal: ((QueuedCall<RedisCall>, RedisError) -> Void)?

    private let connector: RedisConnector
    private let eventLoop: any EventLoop
    private var links: [RedisAddress: Link] = [:]

    init(_ connector: RedisConnector, on eventLoop: any EventLoop) {
        self.connector = connector
        self.eventLoop = eventLoop
    }

    func send(_ queued: QueuedCall<RedisCall>, to address: RedisAddress) {
        var queued = queued
        queued.isAsking = true
        switch links[address] {
        case .open(let handle):
            handle.bound.value.write(queued)
            handle.bound.value.flush()
        case .connecting(let calls): links[address] = .connecting(calls + [queued])
        case nil:
            links[address] = .connecting([queued])
            // The first is the one whose time is over first.
            let limit = Duration.nanoseconds(max(0, (queued.call.deadline - eventLoop.now).nanoseconds))
            Self.connect(connector, to: address, within: limit, for: NIOLoopBound(self, eventLoop: eventLoop))
        }
    }

    private static func connect(
        _ connector: RedisConnector,
        to address: RedisAddress,
        within limit: Duration,
        for links: NIOLoopBound<AskLinks>
    ) {
        Task(executorPreference: EventLoopExecutor(links.eventLoop)) {
            let result: Result<ConnectionHandle, RedisError>
            do throws(RedisError) {
                result = .success(try await connector.open(address, .full, on: links.eventLoop, within: limit))
            } catch {
                result = .failure(error)
            }
            links.eventLoop.execute { links.value.attempted(result, to: address) }
        }
    }

    private func attempted(_ result: Result<ConnectionHandle, RedisError>, to address: RedisAddress) {
        guard case .connecting(let calls)? = links[address] else {
            if case .success(let handle) = result { handle.close() }
            return
        }
        switch result {
        case .success(let handle):
            let connection = handle.bound.value
            if let end = connection.end { return attempted(.failure(end), to: address) }
            connection.onAnswer = { [weak self] in self?.answered($0, $1, $2) }
            connection.onLoss = { [weak self, weak connection] calls, error in
                self?.lost(connection, at: address, calls, error)
            }
            links[address] = .open(handle)
            for queued in calls where !queued.call.isOver { connection.write(queued) }
            connection.flush()
        case .failure(let error):
            links[address] = nil
            for queued in calls { refuse(queued, error) }
        }
    }

    private func answered(
        _ connection: RedisConnection,
        _ queued: QueuedCall<RedisCall>,
        _ values: [RedisValue]
    ) {
        // The others are those to `ASKING`.
        onAnswer?(connection, queued, stride(from: 1, to: values.count, by: 2).map { values[$0] })
    }

    private func lost(
        _ connection: RedisConnection?,
        at address: RedisAddress,
        _ calls: [QueuedCall<RedisCall>],
        _ error: RedisError
    ) {
        // One that was left may end after there is another.
        if case .open(let handle)? = links[address], handle.bound.value === connection { links[address] = nil }
        onLoss?(calls.map(Self.plain), error)
    }

    private func refuse(_ queued: QueuedCall<RedisCall>, _ error: RedisError) {
        onRefusal?(Self.plain(queued), error)
    }

    private static func plain(_ queued: QueuedCall<RedisCall>) -> QueuedCall<RedisCall> {
        var queued = queued
        queued.isAsking = false
        return queued
    }

    /// The place of the keys is known anew: what is under way is answered here, nothing more is sent.
    func leave() {
        for link in takeAll() { link.bound.value.leave() }
    }

    /// Gives up what is not answered.
    func close() {
        for link in takeAll() { link.bound.value.lose(.closed) }
    }

    private func takeAll() -> [ConnectionHandle] {
        let old = links
        links = [:]
        var handles: [ConnectionHandle] = []
        for link in old.values {
            switch link {
            case .open(let handle): handles.append(handle)
            case .connecting(let calls):
                for queued in calls { refuse(queued, .connectionLost("the slot went elsewhere")) }
            }
        }
        return handles
    }
}
