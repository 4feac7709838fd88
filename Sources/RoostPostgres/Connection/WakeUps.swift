import Logging
import RoostCore
import RoostPostgresClient
import Synchronization

/// What this process is told of and what it tells: to its own readers at once, to other processes by `NOTIFY`.
///
/// Keeps the places in the lanes too, since news move them.
final class WakeUps: Sendable {
    private struct State {
        var places = LanePlaces()
        var limit = TellLimit()
        var listener: PostgresListener?
        var isClosed = false
    }

    private let hub = ChangeHub()
    private let database: Database
    private let listens: Bool
    private let clock = SystemTimeSource()
    /// Names this process in what it tells, which it need not hear.
    private let sender = String(JobID().description.suffix(12))
    private let state = Mutex(State())
    /// For what is told later: jobs that block the threads of all tasks must not hold it up.
    private let thread = ThreadExecutor(name: "roost-postgres")

    init(_ database: Database, listens: Bool) {
        self.database = database
        self.listens = listens
    }

    // MARK: Hearing

    func subscribe(to topics: WakeTopics) -> StoreChanges {
        let changes = hub.subscribe(to: topics)
        state.withLock { state in
            guard listens, !state.isClosed, state.listener == nil else { return }
            state.listener = database.client.listen(to: [database.schema.channel]) { [weak self] in self?.hear($0) }
        }
        return changes
    }

    private func hear(_ notification: PostgresNotification) {
        switch notification {
        case .listening:
            // What happened before is not told any more: everybody looks for himself.
            state.withLock { $0.places.hearOfAll() }
            hub.publish(.all)
        case .message(_, let payload):
            let parts = payload.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0] != sender else { return }
            publish(News(parts[1]))
        case .interrupted:
            // Whoever waits looks from time to time in any case.
            break
        }
    }

    private func publish(_ news: News) {
        state.withLock { state in
            guard let places = news.places else { return state.places.hearOfAll() }
            for (lane, place) in places { state.places.hear(place, in: lane) }
        }
        hub.publish(news.topics)
    }

    // MARK: Telling

    /// What a call is told of whom it is from; nil: it is to tell nobody.
    func senderOfCall() -> String? {
        state.withLock { $0.limit.mayTell(at: clock.uptime) } ? sender : nil
    }

    /// A call was answered with news.
    ///
    /// - Parameter told: whether the call told others.
    func answered(_ text: String, told: Bool) {
        guard !text.isEmpty else { return }
        let news = News(text)
        publish(news)
        let wait = state.withLock { state -> Duration? in
            let now = clock.uptime
            if told {
                state.limit.told(at: now)
                return nil
            }
            return state.isClosed ? nil : state.limit.hold(news, at: now)
        }
        if let wait { tellLater(at: wait) }
    }

    /// Unstructured, since no call waits for it; it ends within milliseconds.
    private func tellLater(at time: Duration) {
        Task(executorPreference: thread) { [clock, thread, weak self] in
            try? await clock.sleep(until: time)
            await self?.tellHeld()
            // A task holds its executor without owning it.
            withExtendedLifetime(thread) {}
        }
    }

    private func tellHeld() async {
        guard let news = state.withLock({ $0.limit.release(at: clock.uptime) }) else { return }
        let text = "\(sender) \(news.text)"
        let query = database.query(.notify) { parameters in
            parameters.append(database.schema.channel)
            parameters.append(text)
        }
        // What is not told is found all the same, by whoever looks from time to time; the next call says what is wrong.
        _ = try? await database.run([query], resend: .never)
    }

    // MARK: Places

    func beginClaim(_ lanes: [Int64]) -> [LanePlace] {
        state.withLock { state in
            state.places.beginClaim()
            return lanes.map { state.places.place(in: $0) }
        }
    }

    func endClaim(_ last: [Int64: LanePlace]) {
        state.withLock { $0.places.endClaim(last) }
    }

    func forgetPlaces() {
        state.withLock { $0.places.hearOfAll() }
    }

    var passedPlaces: [(lane: Int64, place: LanePlace)] {
        state.withLock { $0.places.passed }
    }

    /// A job is ready that claims have passed by.
    func found(_ place: LanePlace, in lane: Int64) {
        publish(News("r \(lane):\(place.prio):\(place.rank):\(place.pos)"))
    }

    /// Runs something beside the calls.
    func beside(_ body: @escaping @Sendable () async -> Void) {
        Task(executorPreference: thread) { [thread] in
            await body()
            withExtendedLifetime(thread) {}
        }
    }

    func close() async {
        let listener = state.withLock { state in
            state.isClosed = true
            defer { state.listener = nil }
            return state.listener
        }
        listener?.cancel()
        await tellHeld()
        hub.finish()
    }
}
