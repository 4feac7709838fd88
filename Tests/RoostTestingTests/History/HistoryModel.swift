import RoostCore
import RoostTesting

/// A store, its workers and its clients, as a few arrays: it does what the design says, and tells the history of it. It
/// shares no code with what it stands for.
struct HistoryModel {
    struct Row {
        struct Edge {
            var parent: Int
            var condition: EdgeCondition
            var end: JobState?
        }

        var id: JobID
        var state: JobState?
        var token: Int64 = 0
        var claims = 0
        var attempt = 0
        var crashes = 0
        var edges: [Edge] = []
        var unique: String?
        var isCancelAsked = false
    }

    struct Worker {
        enum State { case alive, frozen, gone }

        var number: Int64
        var process: Int32
        var state = State.alive
    }

    struct Lease {
        var token: Int64
        var worker: Int
        var until: Int64
        var members: [Int]
    }

    /// A body that began.
    struct Run {
        var row: Int
        var worker: Int
        var token: Int64
        var attempt: Int
        var hasEffect = false
        var hasEnded = false
    }

    /// A job that is about to be sent.
    struct Draft {
        var unique: String?
        /// By their number in the batch.
        var parents: [(Int, EdgeCondition)] = []
        var isDelayed = false
    }

    static let lease: Int64 = 30_000_000

    var events: [HistoryEvent] = []
    var rows: [Row] = []
    var workers: [Worker] = []
    var leases: [Lease] = []
    var runs: [Run] = []
    var at: Int64 = 1_000_000
    private var number: Int64 = 0
    var tokens: Int64 = 0
    private var calls = 0

    var history: History {
        History(
            events: events,
            final: rows.compactMap { row in
                row.state.map {
                    .init(
                        id: row.id,
                        kind: "K",
                        state: $0,
                        token: row.token,
                        claims: row.claims,
                        attempt: row.attempt,
                        crashes: row.crashes
                    )
                }
            }
        )
    }

    // MARK: The journal

    mutating func tick(_ microseconds: Int64 = 1_000) { at += microseconds }

    mutating func nextNumber() -> Int64 {
        // With room for what faults put between.
        number += 10
        return number
    }

    mutating func move(
        _ row: Int,
        to state: JobState?,
        token: Int64 = 0,
        _ change: (inout Row) -> Void = { _ in }
    ) {
        let before = rows[row]
        change(&rows[row])
        rows[row].state = state
        rows[row].token = state == .running ? token : 0
        events.append(
            .transition(
                .init(
                    number: nextNumber(),
                    at: at,
                    job: before.id,
                    kind: "K",
                    from: before.state,
                    to: state,
                    tokenBefore: before.token,
                    token: token,
                    claims: rows[row].claims,
                    attempt: rows[row].attempt,
                    crashes: rows[row].crashes,
                    openEdges: rows[row].edges.count { $0.end == nil }
                )
            )
        )
    }

    mutating func note(_ lease: Lease, _ change: HistoryEvent.LeaseChange.Change) {
        events.append(
            .lease(
                .init(
                    number: nextNumber(),
                    at: at,
                    token: lease.token,
                    worker: workers[lease.worker].number,
                    change: change,
                    until: lease.until
                )
            )
        )
    }

    mutating func note(_ process: Int32, _ change: HistoryEvent.ProcessEvent.Change) {
        events.append(.process(.init(at: at, process: process, change: change)))
    }

    mutating func leave(_ row: Int, _ token: Int64) {
        guard let place = leases.firstIndex(where: { $0.token == token }) else { return }
        leases[place].members.removeAll { $0 == row }
        if leases[place].members.isEmpty {
            note(leases[place], .ended)
            leases.remove(at: place)
        }
    }

    // MARK: Clients

    /// What a client is told; a batch that is not stored is one that was refused, or lost.
    enum Answer { case ok, unknown, unknownAndLost, refused, none }

    /// - Returns: the rows of the drafts; nil for those that were not stored.
    @discardableResult
    mutating func enqueue(_ drafts: [Draft], _ answer: Answer = .ok, again: Bool = false) -> [Int?] {
        let ids = drafts.map { _ in
            calls += 1
            return JobID(high: UInt64(calls), low: 7)
        }
        let isStored = answer != .unknownAndLost && answer != .refused
        var duplicates: [HistoryEvent.EnqueueReply.Duplicate] = []
        let call = send(ids, drafts)
        tick()
        var places: [Int?] = []
        if isStored {
            for (id, draft) in zip(ids, drafts) {
                let holder = draft.unique.flatMap { key in
                    rows.first { $0.unique == key && $0.state?.isFinished == false }
                }
                if let holder {
                    duplicates.append(.init(job: id, holder: holder.id))
                    places.append(nil)
                } else {
                    places.append(rows.count)
                    rows.append(Row(id: id, unique: draft.unique))
                    move(rows.count - 1, to: draft.parents.isEmpty ? draft.isDelayed ? .scheduled : .ready : .waiting)
                }
            }
            connect(drafts, ids, places, duplicates)
        } else {
            places = drafts.map { _ in nil }
        }
        tick()
        reply(call, answer, duplicates)
        if again {
            tick()
            reply(send(ids, drafts), .ok, duplicates)
        }
        return places
    }

    private mutating func send(_ ids: [JobID], _ drafts: [Draft]) -> Int {
        calls += 1
        let edges = zip(ids, drafts).flatMap { id, draft in
            draft.parents.map { HistoryEvent.EnqueueCall.Edge(parent: ids[$0.0], child: id, condition: $0.1) }
        }
        let jobs = zip(ids, drafts).map { HistoryEvent.EnqueueCall.Job(id: $0, kind: "K", unique: $1.unique) }
        events.append(.call(.init(client: "c", call: calls, at: at, jobs: jobs, edges: edges)))
        return calls
    }

    private mutating func reply(
        _ call: Int,
        _ answer: Answer,
        _ duplicates: [HistoryEvent.EnqueueReply.Duplicate]
    ) {
        let told: HistoryEvent.EnqueueReply.Answer
        switch answer {
        case .ok: told = .ok
        case .refused: told = .refused
        case .unknown, .unknownAndLost: told = .unknown
        case .none: return
        }
        events.append(
            .reply(.init(client: "c", call: call, at: at, answer: told, duplicates: told == .ok ? duplicates : []))
        )
    }

    private mutating func connect(
        _ drafts: [Draft],
        _ ids: [JobID],
        _ places: [Int?],
        _ duplicates: [HistoryEvent.EnqueueReply.Duplicate]
    ) {
        for (draft, place) in zip(drafts, places) {
            guard let place else { continue }
            for (parent, condition) in draft.parents {
                let holder = duplicates.first { $0.job == ids[parent] }?.holder
                guard let row = places[parent] ?? rows.firstIndex(where: { $0.id == holder }) else { continue }
                rows[place].edges.append(.init(parent: row, condition: condition))
            }
        }
    }

    /// A client is told how a job ended.
    mutating func observe(_ row: Int) {
        tick()
        guard let state = rows[row].state else { return }
        events.append(.observed(.init(at: at, client: "c", job: rows[row].id, state: state)))
    }
}
