import RoostCore
import RoostTesting

/// The journal of a Redis store: what its server wrote into its append-only file, told as a history tells it. It compares what
/// there was before each script with what there was after it.
///
/// Nothing is added to the product for it, and it tells what really outlived the server. The moments are those in rows, tokens
/// and ends of leases; a step that has none, as when jobs are given back, is told at that of the next one that has: it was
/// over by then.
struct RedisJournal {
    private(set) var events: [HistoryEvent] = []
    private(set) var keys: RedisKeyspace
    /// The server's time at the step that is told, in µs since 1970.
    private var now: Int64 = 0
    private let asked: [JobID: AskedAction]
    private let clock: ServerClock
    private var number: Int64 = 0

    /// - Parameters:
    ///   - asked: what clients asked for, by the id of the request: of an action the server keeps the id and the result alone.
    init(namespace: String, asked: [JobID: AskedAction], clock: ServerClock) {
        self.keys = RedisKeyspace(namespace: namespace)
        self.asked = asked
        self.clock = clock
    }

    /// When each step was, by the server's clock.
    ///
    /// - Parameter latest: the server's time by now: nothing can have happened later.
    static func times(of steps: [AppendOnlyFile.Step], namespace: String, latest: Int64) throws -> [Int64] {
        var keys = RedisKeyspace(namespace: namespace)
        var times: [Int64?] = []
        var last: Int64 = 0
        for step in steps {
            for command in step.commands { try keys.apply(command) }
            // The clock of a server never goes back here, and a value that was not written by this step is older than the last.
            let own = keys.takeTouched().times.filter { $0 >= last && $0 <= latest }.max()
            last = own ?? last
            times.append(own)
        }
        var next = last
        for index in times.indices.reversed() {
            next = times[index] ?? next
            times[index] = next
        }
        return times.map { $0 ?? last }
    }

    /// - Returns: what the step touched.
    @discardableResult
    mutating func add(_ step: AppendOnlyFile.Step, at time: Int64) throws -> RedisKeyspace.Touched {
        for command in step.commands { try keys.apply(command) }
        let touched = keys.takeTouched()
        now = time
        let at = clock.uptime(at: now)
        for request in touched.requests {
            guard let action = asked[request] else { continue }
            events.append(.action(.init(number: next(), at: at, kind: action.kind, job: action.job)))
        }
        tellWorkers(touched, .registered, at: at)
        tellLeases(touched, .made, at: at)
        for job in touched.jobs { tell(job, touched.faces[job] ?? nil, at: at) }
        tellLeases(touched, .extended, at: at)
        tellLeases(touched, .ended, at: at)
        tellWorkers(touched, .forgotten, at: at)
        return touched
    }

    private mutating func next() -> Int64 {
        number += 1
        return number
    }

    // MARK: Jobs

    private mutating func tell(_ job: JobID, _ before: RedisKeyspace.Face?, at: Int64) {
        let after = keys.face(of: job)
        guard let after, after.state == .running, before?.token != after.token, before?.state != .ready else {
            return tell(job, before, after, at: at)
        }
        // It was ready between the two.
        var ready = after
        ready.state = .ready
        ready.token = 0
        ready.claims -= 1
        tell(job, before, ready, at: at)
        tell(job, ready, after, at: at)
    }

    private mutating func tell(
        _ job: JobID,
        _ before: RedisKeyspace.Face?,
        _ after: RedisKeyspace.Face?,
        at: Int64
    ) {
        guard
            before?.state != after?.state || before?.token != after?.token || before?.claims != after?.claims
                || before?.attempt != after?.attempt
        else { return }
        guard let row = after ?? before else { return }
        var token = after?.token ?? 0
        if let before, let after, after.state.isFinished, before.token != 0, after.settledBy == before.token {
            token = before.token
        }
        events.append(
            .transition(
                .init(
                    number: next(),
                    at: at,
                    job: job,
                    kind: row.kind,
                    from: before?.state,
                    to: after?.state,
                    tokenBefore: before?.token ?? 0,
                    token: token,
                    claims: row.claims,
                    attempt: row.attempt,
                    crashes: row.crashes,
                    openEdges: keys.openEdges(of: job)
                )
            )
        )
    }

    // MARK: Leases and workers

    private mutating func tellLeases(
        _ touched: RedisKeyspace.Touched,
        _ change: HistoryEvent.LeaseChange.Change,
        at: Int64
    ) {
        for (token, before) in touched.leases.sorted(by: { $0.key < $1.key }) {
            let lease = keys.leases[token]
            let end = keys.ends[token]
            let isTold =
                switch change {
                case .made: before.lease == nil && lease != nil
                case .extended: before.lease != nil && lease != nil && end != nil && before.end != end
                case .ended: before.lease != nil && lease == nil
                }
            guard isTold else { continue }
            events.append(
                .lease(
                    .init(
                        number: next(),
                        at: at,
                        token: token,
                        worker: (lease ?? before.lease)?.worker ?? 0,
                        change: change,
                        until: clock.uptime(at: end ?? before.end ?? now)
                    )
                )
            )
        }
    }

    private mutating func tellWorkers(
        _ touched: RedisKeyspace.Touched,
        _ change: HistoryEvent.WorkerChange.Change,
        at: Int64
    ) {
        for (worker, before) in touched.workers.sorted(by: { $0.key < $1.key }) {
            let process = change == .registered ? keys.workers[worker] : before
            let isTold = change == .registered ? before == nil : before != nil && keys.workers[worker] == nil
            guard isTold, let process else { continue }
            events.append(.worker(.init(number: next(), at: at, worker: worker, process: process, change: change)))
        }
    }
}
