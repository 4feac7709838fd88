internal import Logging
internal import NIOCore

/// A subscription to channels; ends with ``cancel()``, or when nobody holds it any more.
package final class RedisSubscription: Sendable {
    private let eventLoop: any EventLoop
    private let core: NIOLoopBoundBox<SubscriptionCore>

    init(
        _ channels: [String],
        finder: ServerFinder,
        timeout: Duration,
        logger: Logger,
        on eventLoop: any EventLoop,
        handler: @escaping @Sendable (RedisPush) -> Void
    ) {
        self.eventLoop = eventLoop
        let core = SubscriptionCore(
            channels,
            finder: finder,
            timeout: timeout,
            logger: logger,
            on: eventLoop,
            handler: handler
        )
        self.core = .makeBoxSendingValue(core, eventLoop: eventLoop)
        eventLoop.execute { [box = self.core] in box.value.start() }
    }

    deinit {
        cancel()
    }

    /// Listens to these channels from now on, and to no others. After new ones, ``RedisPush/subscribed`` comes again.
    package func set(channels: [String]) {
        eventLoop.execute { [core] in core.value.set(channels) }
    }

    package func cancel() {
        eventLoop.execute { [core] in core.value.close() }
    }
}
