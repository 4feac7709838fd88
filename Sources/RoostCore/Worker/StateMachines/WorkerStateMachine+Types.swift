/// What goes into the machine and comes out of it.
extension WorkerStateMachine {
    // MARK: What it holds

    struct Slot: Sendable {
        var running: Running?
        /// The number of its task, from 1.
        var task = 0
        /// Whether its task waits for a job.
        var isWaiting = false
        var hasEnded = false
    }

    struct Buffered: Sendable {
        var job: ClaimedJob
        var claimedAt: Duration
    }

    /// An exchange on its way.
    struct Call: Sendable {
        var claim: ClaimerStateMachine.Call?
        /// Whether it claims one job, which may have to run alone.
        var isForOne = false
        var asked: Duration
    }

    // MARK: What it is told and tells

    enum Phase: Sendable, Equatable {
        case running
        /// Starts nothing new; jobs that run may end by `deadline` (uptime).
        case draining(deadline: Duration)
        /// Running jobs were cancelled.
        case stopping
    }

    /// Why a running job's task was cancelled.
    enum CancelReason: Sendable, Equatable {
        case timeout
        case requested
        case leaseLost
        case shutdown
    }

    /// A job in a slot.
    struct Running: Sendable {
        var job: ClaimedJob
        /// When its time is up (uptime); nil: never.
        var deadline: Duration?
        var cancelled: (reason: CancelReason, at: Duration)?
        var isReportedStuck = false
    }

    /// What the shell is to do.
    enum Action: Sendable {
        /// Give each slot its job.
        case start([(slot: Int, job: ClaimedJob)])
        /// Cancel the tasks of these slots, unless they are others by now.
        case cancel([SlotTask])
        /// Let the waiting tasks of these slots end.
        case endSlots([Int])
        /// Call the store, and tell the machine under this number how that ended.
        case exchange(call: Int, settle: [SettleItem], claim: ClaimDemand?)
        /// Tell that these jobs do not heed their cancel.
        case reportStuck([(job: ClaimedJob, since: Duration)])
        /// Nothing until a signal comes or the time is up.
        case wait(until: Duration?)
        /// All slots have ended and all is settled.
        case finish
    }

    /// One of the tasks that a slot has over time: a new one follows each that was cancelled.
    struct SlotTask: Sendable, Equatable {
        var slot: Int
        var number: Int
    }

    struct ClaimDemand: Sendable, Equatable {
        var limit: Int
        var allowsSolo: Bool
    }

    /// What a slot's task that asks for a job is told.
    enum Next: Sendable {
        case run(ClaimedJob)
        case wait
        case end
    }
}
