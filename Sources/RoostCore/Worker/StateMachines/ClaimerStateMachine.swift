/// Decides when a worker asks its store for jobs, and for how many. No clock, no store: time is given to it.
///
/// It asks for what the free slots can take and for a short buffer, so that slots need not wait for the store. The
/// buffer holds what is finished in a quarter of a second: a job in it is one that no other worker can run meanwhile.
struct ClaimerStateMachine: Sendable {
    /// The most jobs of one claim: claims of 500 cost a store half of what claims of 100 do, larger ones no less.
    static let largestClaim = 500
    /// The most jobs in the buffer.
    static let largestBuffer = 1000
    /// How much work the buffer holds.
    static let bufferTime: Duration = .milliseconds(250)
    /// How long rates are measured before they count, and how long where so many jobs are finished meanwhile.
    static let rateWindow: Duration = .milliseconds(50)
    static let shortRateWindow: (Duration, jobs: Int) = (.milliseconds(10), 100)
    /// How long where each slot has finished fewer than two jobs: slots that began together end together, and say nothing of
    /// how soon they will end the next ones.
    static let longRateWindow: Duration = .seconds(1)

    /// A claim on its way.
    struct Call: Sendable {
        /// The most jobs that it brings.
        let limit: Int
        /// How many wake-ups came before it: it may miss what a later one is about.
        fileprivate let wakes: Int
    }

    /// How long to wait between claims when nothing is known to be ready: a fallback for wake-ups that were lost.
    let pollInterval: Duration
    private let slots: Int
    /// How many claims may be on their way: they bring fewer jobs each, and what they may bring comes on top of the buffer.
    var claimsAtOnce: Int

    /// Whether the store may have jobs that were not claimed yet.
    private var mayHaveReady = true
    private var wakes = 0
    /// The jobs that claims on their way may bring.
    private var asked = 0
    /// Whether the last claim failed and the pause after it holds, whatever wakes us.
    private var isPausing = false
    /// When to ask although nothing woke us.
    private var nextPoll: Duration = .zero
    /// Jobs finished a second, lately.
    private(set) var rate: Double = 0
    private var windowStart: Duration?
    private var finishedInWindow = 0

    init(pollInterval: Duration, slots: Int = 1, claimsAtOnce: Int = 1) {
        self.pollInterval = pollInterval
        self.slots = slots
        self.claimsAtOnce = claimsAtOnce
    }

    private var largestClaim: Int { min(Self.largestClaim, Self.largestBuffer / claimsAtOnce) }
    private var largestBuffer: Int { Self.largestBuffer + (claimsAtOnce - 1) * largestClaim }

    /// How many jobs the buffer should hold.
    var bufferTarget: Int {
        min(Int(rate * Self.bufferTime.seconds), largestBuffer)
    }

    /// How many jobs to ask for now, beside those that were asked for already; nil: none.
    ///
    /// - Parameters:
    ///   - free: slots without a job.
    ///   - buffered: jobs claimed and not started.
    ///   - settles: whether ends are told to the store in the same call. To ask along costs next to nothing, and what
    ///     an end makes ready, such as the next job of a chain, comes back by the call that told of it.
    func demand(free: Int, buffered: Int, settles: Bool = false, now: Duration) -> Int? {
        guard mayHaveReady || now >= nextPoll || settles && free > 0 && !isPausing else { return nil }
        let expected = buffered + asked
        // The buffer is filled when it is half empty, not at each job that leaves it.
        guard expected < free || expected * 2 <= bufferTarget else { return nil }
        let wanted = free + bufferTarget - expected
        return wanted > 0 ? min(wanted, largestClaim) : nil
    }

    /// When `demand` may answer otherwise without a call in between; nil: now already.
    var deadline: Duration? {
        mayHaveReady ? nil : nextPoll
    }

    mutating func willClaim(_ limit: Int) -> Call {
        asked += limit
        isPausing = false
        return Call(limit: limit, wakes: wakes)
    }

    /// - Parameters:
    ///   - count: how many jobs the claim brought.
    ///   - isCut: whether it could have brought more, had the store not kept to a limit of its own.
    ///   - nextDue: how long until a scheduled job becomes ready.
    mutating func didClaim(_ call: Call, count: Int, isCut: Bool = false, nextDue: Duration?, now: Duration) {
        asked -= call.limit
        // One that was on its way when another failed does not end the pause.
        guard !isPausing else { return }
        mayHaveReady = isCut || count >= call.limit || wakes != call.wakes
        nextPoll = now + min(pollInterval, nextDue ?? pollInterval)
    }

    /// The claim failed; the same is asked again after `pause`.
    mutating func claimFailed(_ call: Call, pause: Duration, now: Duration) {
        asked -= call.limit
        isPausing = true
        mayHaveReady = false
        nextPoll = now + pause
    }

    /// The store said that jobs may have become ready.
    mutating func wake() {
        if !isPausing { mayHaveReady = true }
        wakes += 1
    }

    /// The buffer was given back, since the slots took nothing from it: the rate that it was filled by does not hold any
    /// more, and by it the same jobs would be claimed again at once.
    mutating func bufferWentStale() {
        rate = 0
        windowStart = nil
        finishedInWindow = 0
    }

    /// `count` more jobs were finished.
    mutating func didFinish(_ count: Int, now: Duration) {
        finishedInWindow += count
        guard let start = windowStart else {
            windowStart = now
            return
        }
        let length = now - start
        let (short, jobs) = Self.shortRateWindow
        let usual = finishedInWindow < jobs ? Self.rateWindow : short
        guard length >= (finishedInWindow < 2 * slots ? Self.longRateWindow : usual) else { return }
        let current = Double(finishedInWindow) / length.seconds
        // Up at once, down by halves: a buffer that is too small costs idle slots.
        rate = max(current, (rate + current) / 2)
        windowStart = now
        finishedInWindow = 0
    }
}
