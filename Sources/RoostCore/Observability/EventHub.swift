import Logging
import Synchronization

/// The handlers and sequences of job events of one queue.
final class EventHub: Sendable {
    private struct Handler {
        let id: EventSubscription.ID
        let accepts: @Sendable (any JobEvent) -> Bool
        let handle: @Sendable (any JobEvent) async throws -> Void
    }

    private struct State {
        var nextID = 0
        var handlers: [Handler] = []
        var streams: [(id: EventSubscription.ID, yield: @Sendable (any JobEvent) -> Void)] = []
    }

    private let state = Mutex(State())
    private let logger: Logger
    /// Whether anybody listens; read for each job, so it is not behind the lock.
    private let listens = Atomic(false)

    init(logger: Logger) {
        self.logger = logger
    }

    var isIdle: Bool { !listens.load(ordering: .relaxed) }

    func on<Event: JobEvent>(
        _ type: Event.Type, _ handle: @escaping @Sendable (Event) async throws -> Void
    ) -> EventSubscription {
        state.withLock { state in
            let id = EventSubscription.ID(number: state.nextID)
            state.nextID += 1
            state.handlers.append(
                Handler(id: id, accepts: { $0 is Event }, handle: { if let event = $0 as? Event { try await handle(event) } })
            )
            listens.store(true, ordering: .relaxed)
            return EventSubscription(id: id, hub: self)
        }
    }

    func events<Element: Sendable>(
        _ select: @escaping @Sendable (any JobEvent) -> Element?
    ) -> AsyncStream<Element> {
        let (stream, continuation) = AsyncStream.makeStream(of: Element.self)
        let id = state.withLock { state in
            let id = EventSubscription.ID(number: state.nextID)
            state.nextID += 1
            state.streams.append((id, { event in if let element = select(event) { continuation.yield(element) } }))
            listens.store(true, ordering: .relaxed)
            return id
        }
        continuation.onTermination = { [weak self] _ in self?.remove(id) }
        return stream
    }

    func remove(_ id: EventSubscription.ID) {
        state.withLock { state in
            state.handlers.removeAll { $0.id == id }
            state.streams.removeAll { $0.id == id }
            listens.store(!state.handlers.isEmpty || !state.streams.isEmpty, ordering: .relaxed)
        }
    }

    /// Tells `events` in order: of each event first the sequences, then the handlers, one after the other in the order
    /// in which they were added. A handler that throws is logged, and the next one is called.
    @concurrent func fire(_ events: [any JobEvent]) async {
        guard !isIdle else { return }
        for event in events {
            let (handlers, streams) = state.withLock { ($0.handlers, $0.streams) }
            for stream in streams { stream.yield(event) }
            for handler in handlers where handler.accepts(event) {
                do {
                    try await handler.handle(event)
                } catch {
                    logger.error(
                        "an event handler threw",
                        metadata: [
                            "event": "\(type(of: event))", "job": "\(event.job.id)", "kind": "\(event.job.kind)",
                            "error": "\(error)",
                        ]
                    )
                }
            }
        }
    }
}

/// A handler of events that is in place, until it is removed.
public struct EventSubscription: Sendable {
    struct ID: Hashable, Sendable {
        let number: Int
    }

    let id: ID
    let hub: EventHub

    /// Calls the handler no more.
    public func remove() {
        hub.remove(id)
    }
}
