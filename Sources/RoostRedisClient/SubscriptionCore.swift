internal import Logging
internal import NIOCore

/// The part of a subscription that lives on its event loop: a shell around ``SubscriptionStateMachine``.
final class SubscriptionCore {
    private let finder: ServerFinder
    private let logger: Logger
    private let eventLoop: any EventLoop
    private let handler: @Sendable (RedisPush) -> Void
    private var machine: SubscriptionStateMachine
    private var handle: ConnectionHandle?
    private var attempt: Task<Void, Never>?
    private var alarm: (at: NIODeadline, scheduled: Scheduled<Void>)?

    init(
        _ channels: [String],
        finder: ServerFinder,
        timeout: Duration,
        logger: Logger,
        on eventLoop: any EventLoop,
        handler: @escaping @Sendable (RedisPush) -> Void
    ) {
        self.finder = finder
        self.logger = logger
        self.eventLoop = eventLoop
        self.handler = handler
        machine = SubscriptionStateMachine(channels: channels, patience: timeout)
    }

    private var chance: Double { .random(in: 0..<1) }

    func start() {
        act(machine.wish(now: eventLoop.now))
    }

    func set(_ channels: [String]) {
        act(machine.set(channels, now: eventLoop.now))
    }

    func close() {
        machine.close()
        attempt?.cancel()
        alarm?.scheduled.cancel()
        alarm = nil
        handle?.bound.value.lose(.closed)
        handle = nil
    }

    private func act(_ outcome: SubscriptionStateMachine.Outcome) {
        if outcome.connects { connect() }
        for command in outcome.commands { handle?.bound.value.sendForPushes(command) }
        if let place = outcome.moved, let handle { finder.moved(to: place, by: handle.address) }
        if let push = outcome.push { handler(push) }
        if let next = outcome.next { arm(next) }
        if let error = outcome.loses { handle?.bound.value.lose(error) }
    }

    private func connect() {
        attempt = Self.attempt(finder, for: NIOLoopBound(self, eventLoop: eventLoop))
    }

    private static func attempt(
        _ finder: ServerFinder,
        for core: NIOLoopBound<SubscriptionCore>
    ) -> Task<Void, Never> {
        Task(executorPreference: EventLoopExecutor(core.eventLoop)) {
            let result: Result<ConnectionHandle, RedisError>
            do throws(RedisError) {
                result = .success(try await finder.open(on: core.eventLoop))
            } catch {
                result = .failure(error)
            }
            core.eventLoop.execute { core.value.attempted(result) }
        }
    }

    private func attempted(_ result: Result<ConnectionHandle, RedisError>) {
        attempt = nil
        switch result {
        case .success(let handle):
            guard machine.link == .connecting else { return handle.close() }
            let connection = handle.bound.value
            if let end = connection.end { return failed(end) }
            connection.onPush = { [weak self] value in self?.received(value) }
            connection.onLoss = { [weak self] _, error in self?.failed(error) }
            self.handle = handle
            act(machine.connected(now: eventLoop.now))
        case .failure(let error): failed(error)
        }
    }

    private func received(_ value: RedisValue) {
        act(machine.received(value, now: eventLoop.now))
    }

    private func failed(_ error: RedisError) {
        handle = nil
        logger.debug("no subscription to Redis", metadata: ["error": "\(error)"])
        act(machine.failed(error, now: eventLoop.now, chance: chance))
    }

    private func arm(_ deadline: NIODeadline) {
        if let alarm, alarm.at <= deadline { return }
        alarm?.scheduled.cancel()
        let scheduled = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            self?.alarm = nil
            self?.look()
        }
        alarm = (deadline, scheduled)
    }

    private func look() {
        act(machine.look(now: eventLoop.now))
    }
}
