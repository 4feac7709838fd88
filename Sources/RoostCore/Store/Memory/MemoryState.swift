import DequeModule

/// All that a memory store holds, and the steps that change it. No lock, no clock, no wake-ups inside: time goes in,
/// changes and topics come out.
struct MemoryState {
    struct LaneKey: Hashable {
        let queue: String
        let kind: String
    }

    // MARK: The moment of the call

    var now = Timestamp.distantPast
    var uptime = Duration.zero
    /// What the call did beside what it was asked for.
    var changes: [JobChange] = []
    /// What the call is to wake others for.
    var topics: WakeTopics = []
    /// Edges of jobs that ended in this call.
    var ended: Deque<EdgeTask> = []

    // MARK: Jobs

    /// A slab: a row stays in its slot until it is deleted, and then another takes the slot.
    var rows: [MemoryRow] = []
    var freeSlots: [Int] = []
    var index = MemoryIndex()
    var ids = MemoryIDs()
    var nextNumber: Int64 = 0
    var nextPosition: Int64 = 0
    // What few jobs have is kept beside the rows, and only ever looked up by id.
    var failures: [JobID: FailureRecord] = [:]
    var attempts: [JobID: Deque<AttemptRecord>] = [:]
    var members: [JobID: GraphMembers] = [:]

    // MARK: Lines

    var lanes: [MemoryLane] = []
    var laneNumbers: [LaneKey: Int] = [:]
    var pauses: [LanePattern] = []
    var plans: [WorkerID: ClaimPlan] = [:]
    var scheduled = MemoryAgenda()
    /// Ready jobs that may be past their expiry, revoked or poison.
    var doomed = MemoryAgenda()
    var finished = MemoryAgenda()

    // MARK: Graphs

    var edges: [JobID: [OpenEdge]] = [:]
    var inputs: [JobID: [JobInputSlot]] = [:]
    var edgesLeft: Deque<EdgeTask> = []
    var cancelsLeft: Deque<GraphCancel> = []

    // MARK: The rest

    var uniques: [String: UniqueHolder] = [:]
    var uniquesWithoutRow = MemoryAgendaOfKeys()
    var workers: [WorkerSnapshot] = []
    var nextWorker: Int64 = 1
    var leases = MemoryLeases()
    var nextToken: Int64 = 1
    /// Running jobs whose cancel was asked for, and why.
    var cancelRequests: [JobID: FailureRecord] = [:]
    var jobRevocations: [JobID: Revocation] = [:]
    var kindRevocations: [KindRevocation] = []
    var answered: [JobID: ActionAnswer] = [:]
    var answeredInOrder: Deque<(id: JobID, forgetAt: Duration)> = []
    var isClosed = false
}

extension MemoryState {
    init(isClosed: Bool) {
        self.init()
        self.isClosed = isClosed
    }

    mutating func begin(now: Timestamp, uptime: Duration) {
        self.now = now
        self.uptime = uptime
        changes.removeAll()
        topics = []
    }

    /// The slot of a job's row; nil where it has none.
    func slot(of id: JobID) -> Int? {
        index.slot(of: id) { rows[$0].id == id }
    }

    /// The number of the lane, which exists from now on.
    mutating func lane(queue: String, kind: String) -> Int {
        let key = LaneKey(queue: queue, kind: kind)
        if let number = laneNumbers[key] { return number }
        var lane = MemoryLane(queue: queue, kind: kind)
        lane.isPaused = pauses.contains { $0.matches(queue: queue, kind: kind) }
        lanes.append(lane)
        laneNumbers[key] = lanes.count - 1
        plans.removeAll()
        return lanes.count - 1
    }

    /// Adds a row in `state`, counted but in no line yet.
    mutating func insertRow(_ job: NewJob, state: JobState) -> Int {
        let lane = lane(queue: job.queue, kind: job.kind)
        let row = MemoryRow(job, number: nextNumber, lane: lane, state: state, now: now)
        nextNumber += 1
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            rows[slot] = row
        } else {
            slot = rows.count
            rows.append(row)
        }
        index.insert(job.id, slot: slot)
        ids.insert(job.id)
        if let graph = job.graph { members[graph, default: GraphMembers()].insert(job.id) }
        lanes[lane].counts[state.ordinal] += 1
        return slot
    }

    mutating func removeRow(_ slot: Int) {
        let row = rows[slot]
        lanes[row.lane].counts[row.state.ordinal] -= 1
        rows[slot].flags = .isFree
        rows[slot].position = -1
        rows[slot].payload = nil
        rows[slot].output = nil
        index.remove(row.id) { $0 == slot }
        freeSlots.append(slot)
        ids.remove(row.id) { [index, rows] id in index.slot(of: id) { rows[$0].id == id } != nil }
        failures[row.id] = nil
        attempts[row.id] = nil
        inputs[row.id] = nil
        jobRevocations[row.id] = nil
        if let graph = row.facts.job.graph {
            members[graph]?.known -= 1
            if members[graph]?.known == 0 { members[graph] = nil }
        }
    }

    /// Moves a row to another state, in the counts too.
    mutating func setState(_ slot: Int, _ state: JobState) {
        let lane = rows[slot].lane
        lanes[lane].counts[rows[slot].state.ordinal] -= 1
        lanes[lane].counts[state.ordinal] += 1
        rows[slot].state = state
    }

    /// Puts a job at the end of its line (rule 2).
    mutating func makeReady(_ slot: Int) {
        nextPosition += 1
        rows[slot].position = nextPosition
        rows[slot].readyAt = now
        setState(slot, .ready)
        standInLane(slot, restored: false)
    }

    /// Puts a job back where it stood before it was claimed.
    mutating func restoreReady(_ slot: Int) {
        setState(slot, .ready)
        standInLane(slot, restored: true)
    }

    /// Makes a job ready, or scheduled where `due` says when.
    mutating func start(_ slot: Int, due: Timestamp?) {
        guard let due else { return makeReady(slot) }
        setState(slot, .scheduled)
        rows[slot].due = due
        let number = rows[slot].number
        scheduled.insert(due, number: number, slot: slot) { [rows] in Self.isDue($0, in: rows) }
        topics.insert(.ready)
    }

    private mutating func standInLane(_ slot: Int, restored: Bool) {
        let facts = rows[slot].facts
        let place = LanePlace(
            priority: facts.job.priority,
            rank: facts.job.rank,
            position: rows[slot].position,
            slot: slot
        )
        let lane = rows[slot].lane
        if restored {
            lanes[lane].restore(place, isSolo: rows[slot].runsSolo)
        } else {
            lanes[lane].append(place, isSolo: rows[slot].runsSolo)
        }
        if rows[slot].flags.contains(.isPoison) || isRevokedByItself(slot) {
            markDoomed(slot, from: .distantPast)
        } else if let expiresAt = facts.expiresAt {
            markDoomed(slot, from: expiresAt)
        }
        topics.insert(.ready)
    }

    /// Lets a claim of ended jobs look at a ready job from `time` on.
    mutating func markDoomed(_ slot: Int, from time: Timestamp) {
        doomed.insert(time, number: rows[slot].position, slot: slot) { [rows] in Self.isReady($0, in: rows) }
    }

    static func isDue(_ entry: MemoryAgenda.Entry, in rows: [MemoryRow]) -> Bool {
        rows[entry.slot].state == .scheduled && rows[entry.slot].number == entry.number
            && rows[entry.slot].due == entry.time && !rows[entry.slot].flags.contains(.isFree)
    }

    static func isReady(_ entry: MemoryAgenda.Entry, in rows: [MemoryRow]) -> Bool {
        rows[entry.slot].state == .ready && rows[entry.slot].position == entry.number
    }

    mutating func report(_ slot: Int, from: JobState, reason: FailureReason? = nil) {
        let row = rows[slot]
        changes.append(
            JobChange(
                job: row.id,
                kind: row.facts.job.kind,
                queue: row.facts.job.queue,
                from: from,
                to: row.state,
                reason: reason,
                attempt: row.attempt
            )
        )
    }
}
