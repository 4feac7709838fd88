/// Gathers how jobs ended and decides when to tell the store: natural batching, as in group commit. A call takes all
/// that gathered since the one before, so an idle worker waits for nothing and a busy one settles hundreds a call.
///
/// Calls have numbers, which rise; several may be on their way.
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

    private static let shortestPause: Duration = .milliseconds(50)
    private static let longestPause: Duration = .seconds(5)

    /// The most ends of one call.
    var largestBatch: Int

    private var pending: [Entry] = []
    /// By call.
    private var inFlight: [(call: Int, entries: [Entry])] = []
    private var inFlightCount = 0
    private var failures = 0
    private var notBefore: Duration = .zero
    private var lastCall = 0
    /// The last call that was on its way when one failed. Those fail for one reason, which counts once; and where one of them
    /// succeeds, it says nothing of what came after.
    private var lastInFailure = 0

    init(largestBatch: Int) {
        self.largestBatch = largestBatch
    }

    /// Ends that the store is not known to have.
    var unsettled: Int { pending.count + inFlightCount }

    /// Whether there are ends that are not on their way.
    var hasPending: Bool { !pending.isEmpty }

    /// When what is pending may be told; nil: there is nothing.
    var deadline: Duration? { pending.isEmpty ? nil : notBefore }

    /// How many ends a call may take now: none while a pause after a failure is not over.
    func takeable(now: Duration) -> Int {
        now >= notBefore ? min(pending.count, largestBatch) : 0
    }

    mutating func add(_ entry: Entry) {
        pending.append(entry)
    }

    /// What the call tells: ``takeable(now:)`` ends, the earliest ones.
    mutating func take(for call: Int, now: Duration) -> [SettleItem] {
        lastCall = call
        let count = takeable(now: now)
        guard count > 0 else { return [] }
        let entries: [Entry]
        if count == pending.count {
            entries = pending
            pending = []
            pending.reserveCapacity(count)
        } else {
            entries = Array(pending.prefix(count))
            pending.removeFirst(count)
        }
        inFlight.append((call, entries))
        inFlightCount += count
        return entries.map(\.item)
    }

    /// The store answered the call: the ends that it told, in order.
    mutating func succeeded(_ call: Int) -> [Entry] {
        if call > lastInFailure {
            failures = 0
            notBefore = .zero
        }
        return takeBack(call)
    }

    /// The call failed, or its reply was lost: its ends are told again, which does no harm (store rule 7).
    ///
    /// - Parameter chance: from 0 up to 1; spreads the retries of many workers.
    /// - Returns: how long the pause is.
    @discardableResult
    mutating func failed(_ call: Int, now: Duration, chance: Double) -> Duration {
        if call > lastInFailure {
            lastInFailure = lastCall
            failures += 1
            let whole = min(Self.shortestPause * (1 << min(failures, 10)), Self.longestPause)
            notBefore = now + whole * (0.5 + chance / 2)
        }
        pending = takeBack(call) + pending
        return max(notBefore - now, .zero)
    }

    /// Gives up all ends that are not told: the store would not take them.
    mutating func abandon() -> [Entry] {
        defer {
            pending = []
            inFlight = []
            inFlightCount = 0
        }
        return inFlight.flatMap(\.entries) + pending
    }

    private mutating func takeBack(_ call: Int) -> [Entry] {
        guard let index = inFlight.firstIndex(where: { $0.call == call }) else { return [] }
        let entries = inFlight.remove(at: index).entries
        inFlightCount -= entries.count
        return entries
    }
}
