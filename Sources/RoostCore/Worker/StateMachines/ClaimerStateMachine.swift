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
    /// How long rates are measured before they count.
    static let rateWindow: Duration = .milliseconds(50)

    /// How long to wait between claims when nothing is known to be ready: a fallback for wake-ups that were lost.
    let pollInterval: Duration

    /// Whether the store may have jobs that were not claimed yet.
    private var mayHaveReady = true
    /// Whether a wake-up came while a claim was on its way, which may have missed what the wake-up was about.
    private var wokeDuringClaim = false
    private var isClaiming = false
    /// Whether the last claim failed and the pause after it holds, whatever wakes us.
    private var isPausing = false
    /// When to ask although nothing woke us.
    private var nextPoll: Duration = .zero
    /// Jobs finished a second, lately.
    private(set) var rate: Double = 0
    private var windowStart: Duration?
    private var finishedInWindow = 0

    init(pollInterval: Duration) {
        self.pollInterval = pollInterval
    }

    /// How many jobs the buffer should hold.
    var bufferTarget: Int {
        min(Int(rate * Self.bufferTime.seconds), Self.largestBuffer)
    }

    /// How many jobs to ask for now; nil: none.
    ///
    /// - Parameters:
    ///   - free: slots without a job.
    ///   - buffered: jobs claimed and not started.
    ///   - settles: whether ends are told to the store in the same call. To ask along costs next to nothing, and what
    ///     an end makes ready, such as the next job of a chain, comes back by the call that told of it.
    func demand(free: Int, buffered: Int, settles: Bool = false, now: Duration) -> Int? {
        guard !isClaiming, mayHaveReady || now >= nextPoll || settles && free > 0 && !isPausing else { return nil }
        // The buffer is filled when it is half empty, not at each job that leaves it.
        guard buffered < free || buffered * 2 <= bufferTarget else { return nil }
        let wanted = free + bufferTarget - buffered
        return wanted > 0 ? min(wanted, Self.largestClaim) : nil
    }

    /// When `demand` may answer otherwise without a call in between; nil: now already.
    var deadline: Duration? {
        mayHaveReady ? nil : nextPoll
    }

    mutating func willClaim() {
        isClaiming = true
        isPausing = false
        wokeDuringClaim = false
    }

    /// - Parameter nextDue: how long until a scheduled job becomes ready.
    mutating func didClaim(_ count: Int, of asked: Int, nextDue: Duration?, now: Duration) {
        isClaiming = false
        mayHaveReady = count >= asked || wokeDuringClaim
        nextPoll = now + min(pollInterval, nextDue ?? pollInterval)
    }

    /// The claim failed; the same is asked again after `pause`.
    mutating func claimFailed(pause: Duration, now: Duration) {
        isClaiming = false
        isPausing = true
        mayHaveReady = false
        nextPoll = now + pause
    }

    /// The store said that jobs may have become ready.
    mutating func wake() {
        if !isPausing { mayHaveReady = true }
        wokeDuringClaim = true
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
        guard length >= Self.rateWindow else { return }
        let current = Double(finishedInWindow) / length.seconds
        // Up at once, down by halves: a buffer that is too small costs idle slots.
        rate = max(current, (rate + current) / 2)
        windowStart = now
        finishedInWindow = 0
    }
}
