import RoostCore
import RoostTesting

/// What workers, operators and time do to the jobs.
extension HistoryModel {
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
