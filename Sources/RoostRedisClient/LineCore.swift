internal import Logging
internal import NIOCore

/// The part of a line that lives on its event loop: a shell around ``LineStateMachine``.
final class LineCore {
    private let setup: LineSetup
    private let eventLoop: any EventLoop
    private var machine: LineStateMachine<RedisCall>
    private var handle: ConnectionHandle?
    private var attempt: Task<Void, Never>?
    /// To nodes that keys are on their way to.
    private lazy var asides = AskLinks(setup.finder.connector, on: eventLoop)
    private var alarm: (at: NIODeadline, scheduled: Scheduled<Void>)?

    init(_ setup: LineSetup, on eventLoop: any EventLoop) {
        self.setup = setup
        self.eventLoop = eventLoop
        machine = LineStateMachine(timeout: setup.timeout)
    }

    private var chance: Double { .random(in: 0..<1) }

    // MARK: Calls

    func add(_ calls: [RedisCall]) {
        var step = LineStateMachine<RedisCall>.Step.none
        for call in calls where !call.isOver {
            if machine.link == .closed {
                call.end(.failure(.closed))
                continue
            }
            let next = machine.add(call)
            if next != .none { step = next }
            // One that can be sent is watched by its connection.
            if machine.link != .open { arm(call.deadline) }
        }
        act(step)
    }

    private func act(_ step: LineStateMachine<RedisCall>.Step) {
        switch step {
        case .none: break
        case .connect: connect()
        case .send:
            guard let connection = handle?.bound.value else { return }
            while let queued = machine.next() { connection.write(queued) }
            connection.flush()
        }
    }

    private func act(_ outcome: LineStateMachine<RedisCall>.Outcome) {
        for ended in outcome.ended { ended.call.call.end(.failure(ended.error)) }
        if let next = outcome.next { arm(next) }
        act(outcome.step)
    }

    private func answered(
        _ connection: RedisConnection,
        _ answered: QueuedCall<RedisCall>,
        _ values: [RedisValue]
    ) {
        guard let refusal = refusal(in: values, of: answered.call) else {
            machine.succeeded()
            return answered.call.end(.success(values))
        }
        let reaction = refusal.reaction
        if reaction != .leave { machine.succeeded() }
        var queued = answered
        if reaction == .load, let script = queued.call.script, queued.refusals < 5 {
            // Here, since a node that a slot is on its way to has scripts of its own. Not for ever: who flushes scripts
            // between the two does so hardly ever.
            queued.refusals += 1
            return connection.write(queued, after: script)
        }
        queued.isAsking = false
        switch reaction {
        case .none, .load: queued.call.end(.success(values))
        case .retry: delay(queued, refusal.error)
        case .leave:
            setup.finder.forget()
            delay(queued, refusal.error)
            leave(for: refusal.error)
        case .moved(let place):
            if let handle { setup.finder.moved(to: place, by: handle.address) }
            // First, so that it is not sent to the same node again.
            leave()
            let (step, next) = machine.redirect(queued, refusal.error, now: eventLoop.now, chance: chance)
            arm(next ?? queued.call.deadline)
            act(step)
        case .ask(let place):
            guard let address = handle.flatMap({ RedisAddress(said: place, by: $0.address) }) else {
                return delay(queued, refusal.error)
            }
            asides.send(queued, to: address)
        }
    }

    /// The first error that something is to be done about.
    ///
    /// Of several commands, those that did not run can be sent again with the others only if these may run twice.
    private func refusal(in values: [RedisValue], of call: RedisCall) -> ServerError? {
        // What comes behind a script only asks about it.
        if call.script != nil {
            guard let error = values.first?.serverError, error.reaction != .none else { return nil }
            return error
        }
        var refusal: ServerError?
        var isWhole = true
        for value in values {
            if case .error(let text) = value, case let error = ServerError(text), error.reaction != .none {
                if refusal == nil { refusal = error }
            } else {
                isWhole = false
            }
        }
        return isWhole || call.resend == .safe ? refusal : nil
    }

    // MARK: The connection

    private func connect() {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        attempt = Self.attempt(setup, for: bound)
    }

    private static func attempt(_ setup: LineSetup, for core: NIOLoopBound<LineCore>) -> Task<Void, Never> {
        Task(executorPreference: EventLoopExecutor(core.eventLoop)) {
            let result = await open(setup, on: core.eventLoop)
            core.eventLoop.execute { core.value.attempted(result) }
        }
    }

    private static func open(
        _ setup: LineSetup,
        on eventLoop: any EventLoop
    ) async -> Result<ConnectionHandle, RedisError> {
        do throws(RedisError) {
            let handle = try await setup.finder.open(on: eventLoop)
            do {
                // What cannot be loaded now is loaded when it is called for.
                _ = try await handle.request(
                    setup.scripts.map(\.load),
                    by: .now() + setup.timeout.asTimeAmount
                )
                try await setup.onConnect?(RedisServerLink(handle: handle, timeout: setup.timeout))
                return .success(handle)
            } catch {
                handle.close()
                return .failure(error as? RedisError ?? .checkFailed(error))
            }
        } catch {
            return .failure(error)
        }
    }

    private func attempted(_ result: Result<ConnectionHandle, RedisError>) {
        attempt = nil
        switch result {
        case .success(let handle):
            guard machine.link == .connecting else { return handle.close() }
            let connection = handle.bound.value
            if let end = connection.end { return attempted(.failure(end)) }
            connection.onAnswer = { [weak self] in self?.answered($0, $1, $2) }
            connection.onLoss = { [weak self] calls, error in self?.lost(calls, error) }
            connection.greeted()
            self.handle = handle
            asides.leave()
            asides.onAnswer = { [weak self] in self?.answered($0, $1, $2) }
            asides.onLoss = { [weak self] calls, error in self?.strand(calls, error) }
            asides.onRefusal = { [weak self] queued, error in self?.delay(queued, error) }
            setup.logger.debug("connected to Redis", metadata: ["server": "\(handle.address)"])
            act(machine.connected())
        case .failure(let error):
            guard machine.link == .connecting else { return }
            // Said once an outage.
            setup.logger.log(
                level: machine.failures == 0 ? .warning : .debug,
                "cannot connect to Redis",
                metadata: ["error": "\(error.whyNoConnection)"]
            )
            let outcome = machine.couldNotConnect(
                error,
                isFinal: error.isFinal,
                now: eventLoop.now,
                chance: chance
            )
            act(outcome)
        }
    }

    private func lost(_ calls: [QueuedCall<RedisCall>], _ error: RedisError) {
        let wasUseful = handle?.bound.value.wasUseful ?? false
        if machine.link == .open {
            setup.logger.warning(
                "lost a connection to Redis",
                metadata: ["server": "\(handle?.address.description ?? "")", "error": "\(error)"]
            )
        }
        handle = nil
        act(machine.lost(calls, error: error, wasUseful: wasUseful, now: eventLoop.now, chance: chance))
        look()
    }

    private func strand(_ calls: [QueuedCall<RedisCall>], _ error: RedisError) {
        act(machine.strand(calls, error: error, now: eventLoop.now))
        look()
    }

    private func delay(_ queued: QueuedCall<RedisCall>, _ error: RedisError) {
        guard machine.link != .closed else { return queued.call.end(.failure(.closed)) }
        arm(machine.delay(queued, error, now: eventLoop.now, chance: chance))
    }

    private func leave(for refusal: RedisError? = nil) {
        machine.leave(for: refusal)
        handle?.bound.value.leave()
    }

    func close() {
        let ended = machine.close()
        attempt?.cancel()
        alarm?.scheduled.cancel()
        alarm = nil
        handle?.bound.value.lose(.closed)
        handle = nil
        asides.close()
        for ended in ended { ended.call.call.end(.failure(ended.error)) }
    }

    // MARK: Time

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
