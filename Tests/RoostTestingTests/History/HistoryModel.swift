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

    private(set) var events: [HistoryEvent] = []
    private(set) var rows: [Row] = []
    private(set) var workers: [Worker] = []
    private(set) var leases: [Lease] = []
    private(set) var runs: [Run] = []
    private(set) var at: Int64 = 1_000_000
    private var number: Int64 = 0
    private var tokens: Int64 = 0
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

    private mutating func nextNumber() -> Int64 {
        // With room for what faults put between.
        number += 10
        return number
    }

    private mutating func move(
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

    private mutating func note(_ lease: Lease, _ change: HistoryEvent.LeaseChange.Change) {
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

    private mutating func note(_ process: Int32, _ change: HistoryEvent.ProcessEvent.Change) {
        events.append(.process(.init(at: at, process: process, change: change)))
    }

    private mutating func leave(_ row: Int, _ token: Int64) {
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

    // MARK: Workers

    @discardableResult
    mutating func hire() -> Int {
        tick()
        let worker = Worker(number: Int64(workers.count + 1), process: Int32(100 + workers.count))
        workers.append(worker)
        note(worker.process, .started)
        tick()
        events.append(
            .worker(
                .init(number: nextNumber(), at: at, worker: worker.number, process: worker.process, change: .registered)
            )
        )
        return workers.count - 1
    }

    @discardableResult
    mutating func claim(_ claimed: [Int], by worker: Int) -> Int64 {
        tick()
        tokens += 1
        for row in claimed { move(row, to: .running, token: tokens) { $0.claims += 1 } }
        leases.append(Lease(token: tokens, worker: worker, until: at + Self.lease, members: claimed))
        note(leases[leases.count - 1], .made)
        return tokens
    }

    private mutating func tell(_ run: Int, _ phase: HistoryEvent.BodyEvent.Phase) {
        tick()
        let told = runs[run]
        let worker = workers[told.worker]
        events.append(
            .body(
                .init(
                    at: at,
                    process: worker.process,
                    worker: worker.number.isMultiple(of: 2) ? nil : worker.number,
                    job: rows[told.row].id,
                    attempt: told.attempt,
                    phase: phase
                )
            )
        )
    }

    @discardableResult
    mutating func start(_ row: Int) -> Int {
        let token = rows[row].token
        let worker = leases.first { $0.token == token }?.worker ?? 0
        runs.append(Run(row: row, worker: worker, token: token, attempt: rows[row].attempt + 1))
        tell(runs.count - 1, .start)
        return runs.count - 1
    }

    mutating func effect(_ run: Int) {
        runs[run].hasEffect = true
        tell(run, .effect)
    }

    mutating func end(_ run: Int) {
        runs[run].hasEnded = true
        tell(run, .end)
    }

    /// The body that runs under the claim that holds the row.
    func run(of row: Int) -> Int? {
        runs.lastIndex { $0.row == row && $0.token == rows[row].token }
    }

    // MARK: Ends

    /// Settles a running job. Charged: its body ran.
    mutating func settle(_ row: Int, _ state: JobState, isCharged: Bool = true) {
        tick()
        let token = rows[row].token
        let isCancelled = rows[row].isCancelAsked && (state == .scheduled || state == .ready)
        let to = isCancelled ? .cancelled : state
        move(row, to: to, token: to.isFinished ? token : 0) { row in
            if isCharged { row.attempt += 1 }
            row.isCancelAsked = false
        }
        if to.isFinished { resolve(row) }
        leave(row, token)
    }

    mutating func giveBack(_ row: Int) { settle(row, .ready, isCharged: false) }

    /// Runs a job to its end.
    mutating func complete(_ row: Int, _ state: JobState = .succeeded) {
        let run = start(row)
        if state == .succeeded { effect(run) }
        end(run)
        settle(row, state)
    }

    private mutating func resolve(_ parent: Int) {
        guard let state = rows[parent].state else { return }
        for child in rows.indices where rows[child].state == .waiting {
            for edge in rows[child].edges.indices
            where rows[child].edges[edge].parent == parent && rows[child].edges[edge].end == nil {
                rows[child].edges[edge].end = state
            }
            let edges = rows[child].edges
            let isBroken = edges.contains { edge in
                guard let end = edge.end else { return false }
                switch edge.condition {
                case .success: return end != .succeeded
                case .failure: return end != .failed && end != .expired
                case .always: return false
                }
            }
            if isBroken {
                move(child, to: .skipped)
                resolve(child)
            } else if edges.allSatisfy({ $0.end != nil }) {
                move(child, to: .ready)
            }
        }
    }

    // MARK: Time

    mutating func promote(_ row: Int) {
        tick()
        move(row, to: .ready)
    }

    mutating func extend(_ worker: Int) {
        for place in leases.indices where leases[place].worker == worker && leases[place].until > at {
            leases[place].until = at + Self.lease
            note(leases[place], .extended)
        }
    }

    /// Takes back what leases that are over, and dead processes, held.
    mutating func reclaim() {
        tick()
        for lease in leases where lease.until <= at || workers[lease.worker].state == .gone {
            for row in lease.members {
                let isCancelled = rows[row].isCancelAsked
                move(row, to: isCancelled ? .cancelled : .ready) { row in
                    row.attempt += 1
                    row.crashes += 1
                    row.isCancelAsked = false
                }
                if isCancelled { resolve(row) }
                leave(row, lease.token)
            }
        }
    }

    /// Lets time pass, in which those who can keep their leases, and the store is kept in order.
    mutating func pass(seconds: Int64) {
        for _ in 0..<max(seconds / 4, 1) {
            tick(4_000_000)
            for worker in workers.indices where workers[worker].state == .alive { extend(worker) }
            reclaim()
        }
    }

    // MARK: Processes

    mutating func kill(_ worker: Int) {
        tick()
        workers[worker].state = .gone
        note(workers[worker].process, .died)
    }

    mutating func freeze(_ worker: Int) {
        tick()
        workers[worker].state = .frozen
        note(workers[worker].process, .frozen)
    }

    mutating func wake(_ worker: Int) {
        tick()
        workers[worker].state = .alive
        note(workers[worker].process, .woken)
    }

    /// Asks for a graceful stop: what runs is cancelled, and all is given back.
    mutating func stop(_ worker: Int) {
        tick()
        note(workers[worker].process, .asked)
        for run in runs.indices where runs[run].worker == worker && !runs[run].hasEnded { end(run) }
        for lease in leases where lease.worker == worker {
            for row in lease.members { giveBack(row) }
        }
        tick()
        let (number, process) = (workers[worker].number, workers[worker].process)
        events.append(
            .worker(.init(number: nextNumber(), at: at, worker: number, process: process, change: .forgotten))
        )
        tick()
        note(process, .stopped)
        workers[worker].state = .gone
    }

    // MARK: Operators

    private mutating func ask(_ kind: HistoryEvent.OperatorAction.Kind, _ row: Int) {
        events.append(.action(.init(number: nextNumber(), at: at, kind: kind, job: rows[row].id)))
    }

    mutating func cancel(_ row: Int) {
        tick()
        if rows[row].state == .running {
            rows[row].isCancelAsked = true
        } else {
            move(row, to: .cancelled)
            resolve(row)
        }
        // As SQLite does: what came of it stands before it.
        ask(.cancel, row)
    }

    mutating func retry(_ row: Int) {
        tick()
        move(row, to: .ready) { $0.crashes = 0 }
        ask(.retry, row)
    }

    mutating func delete(_ row: Int) {
        tick()
        ask(.delete, row)
        move(row, to: nil)
    }
}
