/// Judges a history by the invariants of the design (§5), trusting nothing that the code under test says of itself.
///
/// ```swift
/// let checker = HistoryChecker(.init(mustEnd: true))
/// for violation in checker.violations(in: try History(files: files)) { print(violation) }
/// ```
///
/// It checks 0 to 6 and 9 to 14. Limits (7) and schedules (8) are not built yet, and neither is what would tell of them.
/// A history that breaks no rule here is no proof: what no witness told cannot be judged. ``History`` says what each
/// witness must tell.
///
/// It is a pure function, and the order of its answers is that of the invariants and of the jobs' first appearance.
public struct HistoryChecker: Sendable {
    /// What the run promised, and how exact its witnesses are.
    public struct Options: Sendable, Equatable {
        /// How far apart the times may be that two witnesses tell of one moment. Zero on a clock that a test moves.
        public var tolerance: Duration
        /// Whether the journal's numbers tell what came first within one call of the store. False for a journal that
        /// compares what a store held before a call and after it: what happened at one time counts as in any order.
        public var isJournalInOrder: Bool
        /// Within what time an ended lease is to be taken back, while calls of workers succeed (5).
        public var reclaimBound: Duration
        /// Whether the store notices a process's death: then its leases count as ended with it (1, 5).
        public var noticesDeath: Bool
        /// Within what time a child is to leave `waiting` once its parents have ended, while calls succeed (9).
        public var waitingBound: Duration
        /// Within what time a ready job is to be claimed, while calls succeed (13); nil: none is promised, as where workers do
        /// not know every kind, or have more to do than they can.
        public var claimBound: Duration?
        /// Whether every job must have ended at the end (11).
        public var mustEnd: Bool
        /// Whether finished jobs may be gone without a delete that was asked for: their retention may have been over.
        public var mayPrune: Bool
        /// The most bodies that one death may leave unsettled (14): the worker's slots + max(slots, 1,000), for each
        /// worker of a process; nil: any number.
        public var mostUnsettled: Int?
        /// The longest time between two successful calls of workers for which they count as able to do their work.
        public var activityGap: Duration

        public init(
            tolerance: Duration = .milliseconds(5),
            isJournalInOrder: Bool = true,
            reclaimBound: Duration = .seconds(15),
            noticesDeath: Bool = false,
            waitingBound: Duration = .seconds(15),
            claimBound: Duration? = nil,
            mustEnd: Bool = true,
            mayPrune: Bool = true,
            mostUnsettled: Int? = nil,
            activityGap: Duration = .seconds(5)
        ) {
            self.tolerance = tolerance
            self.isJournalInOrder = isJournalInOrder
            self.reclaimBound = reclaimBound
            self.noticesDeath = noticesDeath
            self.waitingBound = waitingBound
            self.claimBound = claimBound
            self.mustEnd = mustEnd
            self.mayPrune = mayPrune
            self.mostUnsettled = mostUnsettled
            self.activityGap = activityGap
        }
    }

    /// How long after a death somebody may tell of it who can only wait for it.
    static let longestDeathNotice: Int64 = 5_000_000

    public let options: Options

    public init(_ options: Options = Options()) {
        self.options = options
    }

    /// Every breach that the history shows; none: it is as it must be.
    public func violations(in history: History) -> [Violation] {
        let index = HistoryIndex(history, options)
        var found: [Violation] = []
        checkFindings(index, &found)
        checkCalls(index, &found)
        checkRows(index, &found)
        checkSteps(index, &found)
        checkLeases(index, &found)
        checkCounters(index, &found)
        checkTokens(index, &found)
        checkReclaims(index, &found)
        checkUniqueKeys(index, &found)
        checkEdges(index, &found)
        checkStops(index, &found)
        checkEnds(index, &found)
        checkObservations(index, &found)
        checkDuplicates(index, &found)
        // In the order of the invariants, and within one in that of the checks: the sort is stable.
        found.sort { $0.invariant < $1.invariant }
        return found
    }

    /// What the auditor found: its queries must answer nothing. One that begins with a number is about that invariant.
    private func checkFindings(_ index: HistoryIndex, _ found: inout [Violation]) {
        for finding in index.findings {
            let number = Int(finding.query.prefix { $0.isNumber }) ?? 0
            found.append(Violation(number, "the audit '\(finding.query)' found a row", events: [.finding(finding)]))
        }
    }
}
