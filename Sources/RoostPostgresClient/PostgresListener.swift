internal import Logging
internal import Synchronization

/// Listens on a connection of its own; ends with ``cancel()``, or when nobody holds it any more.
package final class PostgresListener: Sendable {
    private let core: ListenerCore

    init(
        _ channels: [String],
        _ configuration: PostgresConfiguration,
        _ plan: ConnectPlan,
        logger: Logger,
        _ hear: @escaping @Sendable (PostgresNotification) -> Void
    ) {
        core = ListenerCore(channels, configuration, plan, logger: logger, hear)
        core.start()
    }

    deinit {
        core.cancel()
    }

    /// Listens to these channels from now on, and to no others. After new ones, ``PostgresNotification/listening``
    /// comes again.
    package func set(channels: [String]) {
        core.set(channels)
    }

    /// Nothing is heard any more, but for what is being told at this moment.
    package func cancel() {
        core.cancel()
    }
}
