/// The leases, the workers that made them, and the processes these were in.
struct Staff {
    struct Lease {
        var worker: Int64
        /// In the order of the journal, the first one first.
        var changes: [HistoryEvent.LeaseChange]

        /// When it ended, as last told before number `number`; nil: it was not made yet.
        func until(before number: Int64) -> Int64? {
            changes.last { $0.number < number && $0.change != .ended }?.until
        }
    }

    struct Worker {
        var number: Int64
        var process: Int32
        var registered: HistoryEvent.WorkerChange
        var forgotten: HistoryEvent.WorkerChange?
        /// How its process ended, if it did.
        var end: HistoryEvent.ProcessEvent?
        var asked: HistoryEvent.ProcessEvent?
    }

    private(set) var leases: [Int64: Lease] = [:]
    /// In the order in which they were made.
    private(set) var tokens: [Int64] = []
    private(set) var workers: [Int64: Worker] = [:]
    /// In the order of their registration.
    private(set) var workerNumbers: [Int64] = []
    /// What happened to each process, in time.
    private(set) var processes: [Int32: [HistoryEvent.ProcessEvent]] = [:]
    /// When each process told something, or a lease of its workers was made or extended: it lived then.
    private var signs: [Int32: [Int64]] = [:]

    init(_ sorter: HistorySorter, tolerance: Int64) {
        for event in sorter.processes { processes[event.process, default: []].append(event) }
        for change in sorter.workers {
            switch change.change {
            case .registered:
                // A process's number may come again: what counts is what came after the worker began.
                let later = processes[change.process, default: []].drop { $0.at < change.at - tolerance }
                let end = later.first { $0.change == .died || $0.change == .stopped }
                let asked = later.first { $0.change == .asked && $0.at <= end?.at ?? .max }
                workers[change.worker] = Worker(
                    number: change.worker,
                    process: change.process,
                    registered: change,
                    end: end,
                    asked: asked
                )
                workerNumbers.append(change.worker)
            case .forgotten:
                workers[change.worker]?.forgotten = change
            }
        }
        for change in sorter.leases {
            if leases[change.token] == nil { tokens.append(change.token) }
            leases[change.token, default: Lease(worker: change.worker, changes: [])].changes.append(change)
            if change.change != .ended, let process = workers[change.worker]?.process {
                signs[process, default: []].append(change.at)
            }
        }
        for body in sorter.bodies { signs[body.process, default: []].append(body.at) }
        for process in signs.keys { signs[process]?.sort() }
    }

    /// Whether the process was seen alive after `start`, and until `end`.
    func lived(_ process: Int32, after start: Int64, until end: Int64) -> Bool {
        let times = signs[process] ?? []
        let next = times.partitioningIndex { $0 > start }
        return next < times.count && times[next] <= end
    }

    /// Whether the process stood still at some time of an interval.
    func wasFrozen(_ process: Int32, from start: Int64, to end: Int64) -> Bool {
        var frozenAt: Int64?
        for event in processes[process] ?? [] {
            switch event.change {
            case .frozen: frozenAt = event.at
            case .woken, .died:
                if let from = frozenAt, from <= end, event.at >= start { return true }
                frozenAt = nil
            case .started, .asked, .stopped: break
            }
        }
        return frozenAt.map { $0 <= end } ?? false
    }
}
