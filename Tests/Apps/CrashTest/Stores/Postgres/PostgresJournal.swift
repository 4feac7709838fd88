import RoostCore
import RoostTesting

/// The journal of a Postgres store: what its triggers wrote, told as a history tells it.
///
/// A transaction is told at its last moment, as one step: a job that it changed several times as if it had been changed once,
/// unless it was ready or had ended in between.
struct PostgresJournal {
    private struct Row {
        var number: Int64
        var xact: Int64
        var at: Int64
        var event: HistoryEvent
    }

    private let kinds: [String: String]
    private let clock: ServerClock
    private var transactions: [(xact: Int64, rows: [Row])] = []

    /// The columns that ``add(_:)`` reads, in their order.
    static let columns = """
        number, xact, at, what, job, lane, was, became, token_was, token, claims, attempt, crashes, open, worker, process, until, \
        text, target
        """

    /// - Parameter kinds: by the number of the lane.
    init(kinds: [String: String], clock: ServerClock) {
        self.kinds = kinds
        self.clock = clock
    }

    /// Reads the rows, which come by transaction and number.
    mutating func add(_ rows: [[String]]) throws {
        for fields in rows {
            let row = try read(fields)
            if transactions.last?.xact != row.xact { transactions.append((row.xact, [])) }
            transactions[transactions.count - 1].rows.append(row)
        }
    }

    /// In the order of what happened.
    var events: [HistoryEvent] {
        let steps = transactions.map { (at: $0.rows.map(\.at).max() ?? 0, rows: Self.merge($0.rows)) }
        var number: Int64 = 0
        return steps.sorted { ($0.at, $0.rows.first?.number ?? 0) < ($1.at, $1.rows.first?.number ?? 0) }
            .flatMap { step in
                let at = clock.uptime(at: step.at)
                return step.rows.map { row in
                    number += 1
                    return row.event.told(at: at, as: number)
                }
            }
    }

    // MARK: Reading

    private func read(_ fields: [String]) throws -> Row {
        guard fields.count == 19, let number = Int64(fields[0]), let xact = Int64(fields[1]), let at = Int64(fields[2])
        else { throw UnreadableStore(what: "a journal entry \(fields)") }
        return Row(number: number, xact: xact, at: at, event: try event(fields, number: number, at: at))
    }

    private func event(_ fields: [String], number: Int64, at: Int64) throws -> HistoryEvent {
        func integer(_ index: Int) -> Int64 { Int64(fields[index]) ?? 0 }
        func state(_ index: Int) throws -> JobState? {
            try Int(fields[index]).map { try SQLiteCrashStore.state($0) }
        }
        switch fields[3] {
        case "transition":
            guard let job = JobID(fields[4]) else { break }
            return .transition(
                .init(
                    number: number,
                    at: at,
                    job: job,
                    kind: kinds[fields[5]] ?? "",
                    from: try state(6),
                    to: try state(7),
                    tokenBefore: integer(8),
                    token: integer(9),
                    claims: Int(integer(10)),
                    attempt: Int(integer(11)),
                    crashes: Int(integer(12)),
                    openEdges: Int(integer(13))
                )
            )
        case "lease":
            guard let change = HistoryEvent.LeaseChange.Change(rawValue: fields[17]) else { break }
            let until = clock.uptime(at: integer(16))
            return .lease(
                .init(number: number, at: at, token: integer(9), worker: integer(14), change: change, until: until)
            )
        case "worker":
            guard let change = HistoryEvent.WorkerChange.Change(rawValue: fields[17]) else { break }
            let process = Int32(clamping: integer(15))
            return .worker(.init(number: number, at: at, worker: integer(14), process: process, change: change))
        case "action":
            let kind = HistoryEvent.OperatorAction.Kind(rawValue: fields[17]) ?? .other
            return .action(.init(number: number, at: at, kind: kind, job: JobID(fields[18])))
        default: break
        }
        throw UnreadableStore(what: "a journal entry \(fields)")
    }

    // MARK: One transaction

    /// What a transaction did, in the order in which a history tells of one step.
    private static func merge(_ rows: [Row]) -> [Row] {
        var merged: [Row?] = []
        var places: [JobID: Int] = [:]
        for row in rows {
            guard case .transition(let next) = row.event else {
                merged.append(row)
                continue
            }
            // Its counters are written before it leaves.
            if let place = places[next.job], case .transition(let last)? = merged[place]?.event {
                if last.isStay {
                    merged[place]?.event = .transition(last.followed(by: next))
                    continue
                }
                if last.from == nil, next.to == nil {
                    // One that had succeeded was sent again, and not stored anew.
                    (merged[place], places[next.job]) = (nil, nil)
                    continue
                }
            }
            places[next.job] = merged.count
            merged.append(row)
        }
        return merged.compactMap(\.self).sorted { ($0.event.rank, $0.number) < ($1.event.rank, $1.number) }
    }
}

extension HistoryEvent.Transition {
    /// Whether it goes on under the same claim.
    fileprivate var isStay: Bool { from == .running && to == .running && tokenBefore == token }

    /// Both as one.
    fileprivate func followed(by next: Self) -> Self {
        var both = next
        both.from = from
        both.tokenBefore = tokenBefore
        return both
    }
}

extension HistoryEvent {
    /// What is asked and who comes before what is done, who goes after it.
    fileprivate var rank: Int {
        switch self {
        case .action: 0
        case .worker(let worker): worker.change == .registered ? 1 : 6
        case .lease(let lease):
            switch lease.change {
            case .made: 2
            case .extended: 4
            case .ended: 5
            }
        default: 3
        }
    }

    fileprivate func told(at: Int64, as number: Int64) -> Self {
        switch self {
        case .transition(var event):
            (event.at, event.number) = (at, number)
            return .transition(event)
        case .lease(var event):
            (event.at, event.number) = (at, number)
            return .lease(event)
        case .worker(var event):
            (event.at, event.number) = (at, number)
            return .worker(event)
        case .action(var event):
            (event.at, event.number) = (at, number)
            return .action(event)
        default: return self
        }
    }
}
