/// Gathers how jobs ended and decides when to tell the store: natural batching, as in group commit. A flush takes all
/// that gathered during the one before, so an idle worker waits for nothing and a busy one settles hundreds a call.
struct SettlerStateMachine: Sendable {
    /// An end to be told, with the event to fire once the store has it.
    struct Entry: Sendable {
        var item: SettleItem
        let told: EndEvent?

        var event: (any JobEvent)? { told?.event }

        init(item: SettleItem, told: EndEvent?) {
            self.item = item
            self.told = told
        }

        init(item: SettleItem, event: (any JobEvent)?) {
            self.init(item: item, told: event.map { .other($0) })
        }
    }

    /// The most ends of one call.
    static let largestBatch = 1000
    private static let shortestPause: Duration = .milliseconds(50)
    private static let longestPause: Duration = .seconds(5)

    private var pending: [Entry] = []
    private var inFlight: [Entry] = []
    private var failures = 0
    private var notBefore: Duration = .zero

    /// Ends that the store is not known to have.
    var unsettled: Int { pending.count + inFlight.count }

    /// When a flush that failed may be tried again; nil: there is nothing to flush.
    var deadline: Duration? { pending.isEmpty ? nil : notBefore }

    mutating func add(_ entry: Entry) {
        pending.append(entry)
    }

    /// The next batch; empty if there is none, or if a pause after a failure is not over.
    mutating func take(now: Duration) -> [SettleItem] {
        guard inFlight.isEmpty, now >= notBefore else { return [] }
        if pending.count <= Self.largestBatch {
            swap(&pending, &inFlight)
        } else {
            inFlight = Array(pending.prefix(Self.largestBatch))
            pending.removeFirst(Self.largestBatch)
        }
        return inFlight.map(\.item)
    }

    /// The store answered the batch: what became of each end, in order.
    mutating func succeeded() -> [Entry] {
        failures = 0
        notBefore = .zero
        defer { inFlight.removeAll(keepingCapacity: true) }
        return inFlight
    }

    /// The call failed, or its reply was lost: the batch is told again, which does no harm (store rule 7).
    ///
    /// - Parameter chance: from 0 up to 1; spreads the retries of many workers.
    /// - Returns: how long the pause is.
    @discardableResult
    mutating func failed(now: Duration, chance: Double) -> Duration {
        failures += 1
        let whole = min(Self.shortestPause * (1 << min(failures, 10)), Self.longestPause)
        let pause = whole * (0.5 + chance / 2)
        notBefore = now + pause
        pending = inFlight + pending
        inFlight = []
        return pause
    }

    /// Gives up all ends that are not told: the store would not take them.
    mutating func abandon() -> [Entry] {
        defer {
            pending = []
            inFlight = []
        }
        return inFlight + pending
    }
}
