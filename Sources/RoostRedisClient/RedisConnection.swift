internal import NIOCore

/// One connection: a shell around ``PipelineStateMachine``. All of it happens on its event loop.
final class RedisConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Gets the answer of a call.
    var onAnswer: ((RedisConnection, QueuedCall<RedisCall>, [RedisValue]) -> Void)?
    /// Gets the calls that were under way, once, when the connection is gone.
    var onLoss: (([QueuedCall<RedisCall>], RedisError) -> Void)?
    /// Gets what comes unasked; nil: nothing may.
    var onPush: ((RedisValue) -> Void)?

    private var machine = PipelineStateMachine<RedisCall>()
    private let reader = ReplyReader()
    private var context: ChannelHandlerContext?
    private var output = ByteBuffer()
    private var alarm: (at: NIODeadline, scheduled: Scheduled<Void>)?
    private var isLeaving = false
    /// How many calls were answered before others could use it.
    private var greetings = 0
    /// Why it is gone.
    private(set) var end: RedisError?

    /// Whether it is by TLS, which says its farewell itself.
    private let isSecret: Bool

    init(isSecret: Bool) {
        self.isSecret = isSecret
    }

    /// Others may use it from now on.
    func greeted() {
        greetings = machine.answered
    }

    /// Whether it answered a call of others.
    var wasUseful: Bool { machine.answered > greetings }

    // MARK: Sending

    /// Writes a call behind others; ``flush()`` sends them.
    func write(_ queued: QueuedCall<RedisCall>) {
        guard end == nil, let context else { return refuse(queued) }
        queued.write(to: &output) { context.write(wrapOutboundOut($0), promise: nil) }
        machine.sent(queued)
        arm(queued.call.deadline)
    }

    func flush() {
        guard end == nil, let context else { return }
        let buffer = output
        output = ByteBuffer()
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    private func refuse(_ queued: QueuedCall<RedisCall>) {
        let error = end ?? .connectionLost("it is not open")
        if !queued.isDirect, let onLoss { onLoss([queued], error) } else { queued.call.end(.failure(error)) }
    }

    /// Sends words whose answers are pushes.
    func sendForPushes(_ command: RedisCommand) {
        command.write(to: &output)
        flush()
    }

    /// Sends a call again that named a script which the server does not know, behind the script.
    func write(_ queued: QueuedCall<RedisCall>, after script: RedisScript) {
        let load = RedisCall([script.load], resend: .safe, deadline: queued.call.deadline)
        var loading = QueuedCall(load)
        // Nobody waits for its answer: that to the call itself tells all.
        loading.isDirect = true
        write(loading)
        write(queued)
        flush()
    }

    /// Closes it once all is answered.
    func leave() {
        isLeaving = true
        if machine.isEmpty { lose(.connectionLost("it was left for another server")) }
    }

    // MARK: Receiving

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard end == nil else { return }
        do throws(ReplyReader.Violation) {
            try reader.feed(unwrapInboundIn(data))
            while end == nil, let value = try reader.next() { receive(value) }
        } catch {
            lose(.protocolViolation(error.reason))
        }
    }

    private func receive(_ value: RedisValue) {
        switch machine.received(value) {
        case .more: break
        case .answered(let queued, let values):
            if queued.isDirect { queued.call.end(.success(values)) } else { onAnswer?(self, queued, values) }
            if isLeaving, machine.isEmpty { lose(.connectionLost("it was left for another server")) }
        case .unasked(let value):
            if let onPush { onPush(value) } else { lose(.protocolViolation("an answer that was not asked for")) }
        }
    }

    // MARK: Time

    /// One alarm at a time, for the oldest call: most calls are answered long before, and set none.
    private func arm(_ deadline: NIODeadline) {
        if let alarm, alarm.at <= deadline { return }
        guard let context else { return }
        alarm?.scheduled.cancel()
        let scheduled = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.ring() }
        alarm = (deadline, scheduled)
    }

    private func ring() {
        alarm = nil
        guard end == nil, let context, let deadline = machine.deadline else { return }
        if deadline <= context.eventLoop.now {
            lose(.connectionLost("no answer within the time limit"))
        } else {
            arm(deadline)
        }
    }

    // MARK: The end

    /// Ends it; only the first reason counts.
    func lose(_ error: RedisError) {
        guard end == nil else { return }
        end = error
        alarm?.scheduled.cancel()
        alarm = nil
        // NIO's sockets are inherited by processes that are started meanwhile, and stay open there: a farewell of its own
        // tells the server.
        if !isSecret { context?.close(mode: .output, promise: nil) }
        context?.close(promise: nil)
        var calls: [QueuedCall<RedisCall>] = []
        for queued in machine.lose() {
            if queued.isDirect { queued.call.end(.failure(error)) } else { calls.append(queued) }
        }
        let onLoss = self.onLoss
        (onAnswer, self.onLoss, onPush) = (nil, nil, nil)
        onLoss?(calls, error)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        lose(.connectionLost("it was closed"))
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        lose(.connectionLost("the server closed it"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        lose(.transport(error))
    }
}
