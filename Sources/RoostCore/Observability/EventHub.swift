import DequeModule
import Logging
import Synchronization

/// The handlers and sequences of job events of one queue.
///
/// Events stand in one line, in the order in which they are to be told, and one task tells them while there are any: no
/// call of the queue, and no slot of a worker, waits for a handler.
final class EventHub: Sendable {
    private struct Handler {
        let id: EventSubscription.ID
        let accepts: @Sendable (any JobEvent) -> Bool
        let handle: @Sendable (any JobEvent) async throws -> Void
    }

    /// A place in the line.
    private enum Entry {
        case events([any JobEvent])
        /// Kept by ``EventHub/hold()``: what stands behind it waits.
        case held
        case flush(CheckedContinuation<Void, Never>)

        var isHeld: Bool {
            if case .held = self { true } else { false }
        }
    }

    private struct State {
        var nextID = 0
        var handlers: [Handler] = []
        var streams: [(id: EventSubscription.ID, yield: @Sendable (any JobEvent) -> Void)] = []
        var line: Deque<Entry> = []
        /// The number of the first place in `line`.
        var firstPlace = 0
        var isTelling = false

        /// Whether there is something to tell and nobody at it; then the caller is to begin.
        mutating func mustStart() -> Bool {
            guard !isTelling, let first = line.first, !first.isHeld else { return false }
            isTelling = true
            return true
        }

        /// Takes the next place; nil, and the end of the telling, where there is none that may be told.
        mutating func next() -> Entry? {
            guard let first = line.first, !first.isHeld else {
                isTelling = false
                return nil
            }
            line.removeFirst()
            firstPlace += 1
            return first
        }
    }

    private let state = Mutex(State())
    private let logger: Logger
    private let executor: (any TaskExecutor)?
    /// Whether anybody listens; read for each job, so it is not behind the lock.
    private let listens = Atomic(false)

    /// Whether this task runs a handler.
    @TaskLocal private static var isInHandler = false

    init(logger: Logger, executor: (any TaskExecutor)? = nil) {
        self.logger = logger
        self.executor = executor
    }

    var isIdle: Bool { !listens.load(ordering: .relaxed) }

    func on<Event: JobEvent>(
        _ type: Event.Type,
        _ handle: @escaping @Sendable (Event) async throws -> Void
    ) -> EventSubscription {
        state.withLock { state in
            let id = EventSubscription.ID(number: state.nextID)
            state.nextID += 1
            state.handlers.append(
                Handler(
                    id: id,
                    accepts: { $0 is Event },
                    handle: { if let event = $0 as? Event { try await handle(event) } }
                )
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

    // MARK: Telling

    /// Tells `events` after all that were fired before.
    func fire(_ events: [any JobEvent]) {
        guard !events.isEmpty, !isIdle else { return }
        append(.events(events))
    }

    /// Keeps a place in line for what a call of the store will have done: a worker may run a job, and tell of it, before
    /// the call that enqueued it has returned. To be filled in any case.
    ///
    /// - Returns: nil where nobody listens.
    func hold() -> Int? {
        if isIdle { return nil }
        return state.withLock { state in
            state.line.append(.held)
            return state.firstPlace + state.line.count - 1
        }
    }

    /// Puts `events` in the place that was kept for them.
    func fill(_ place: Int?, with events: [any JobEvent]) {
        guard let place else { return fire(events) }
        let mustStart = state.withLock { state in
            state.line[place - state.firstPlace] = .events(events)
            return state.mustStart()
        }
        if mustStart { start() }
    }

    /// Returns once all is told that was fired before; at once within a handler, which would wait for itself.
    func flush() async {
        if Self.isInHandler { return }
        await withCheckedContinuation { append(.flush($0)) }
    }

    private func append(_ entry: Entry) {
        let mustStart = state.withLock { state in
            state.line.append(entry)
            return state.mustStart()
        }
        if mustStart { start() }
    }

    /// Detached, since a handler is no part of the job whose slot fires the event.
    private func start() {
        Task.detached(executorPreference: executor) { await self.tell() }
    }

    /// Tells what stands in line: of each event first the sequences, then the handlers, one after the other in the order
    /// in which they were added. A handler that throws is logged, and the next one is called.
    private func tell() async {
        while let entry = state.withLock({ $0.next() }) {
            switch entry {
            case .held: break
            case .flush(let continuation): continuation.resume()
            case .events(let events): for event in events { await tell(event) }
            }
        }
    }

    private func tell(_ event: any JobEvent) async {
        let (handlers, streams) = state.withLock { ($0.handlers, $0.streams) }
        for stream in streams { stream.yield(event) }
        for handler in handlers where handler.accepts(event) {
            do {
                try await Self.$isInHandler.withValue(true) { try await handler.handle(event) }
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
