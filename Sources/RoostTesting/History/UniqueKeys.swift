import RoostCore

/// Who shares which unique key, and when each held it.
struct UniqueKeys {
    /// A time in which a job had not ended.
    struct Hold {
        var job: Int
        var from: HistoryEvent.Transition
        var to: HistoryEvent.Transition?
    }

    /// In the order in which they were first sent.
    private(set) var all: [String] = []
    private var jobs: [String: [Int]] = [:]
    private var keys: [Int: String] = [:]
    private let transitions: Grouped<HistoryEvent.Transition>

    init(_ sorter: HistorySorter, _ transitions: Grouped<HistoryEvent.Transition>) {
        self.transitions = transitions
        for call in sorter.calls {
            for sent in call.sent.jobs {
                guard let key = sent.unique, let job = sorter.numbers[sent.id], keys[job] == nil else { continue }
                keys[job] = key
                if jobs[key] == nil { all.append(key) }
                jobs[key, default: []].append(job)
            }
        }
    }

    func key(of job: Int) -> String? { keys[job] }

    /// When the key was held, in the order of the journal.
    func holds(of key: String) -> [Hold] {
        (jobs[key] ?? []).flatMap { holds(of: $0) }.sorted { $0.from.number < $1.from.number }
    }

    func holds(of job: Int) -> [Hold] {
        var holds: [Hold] = []
        var isOpen = false
        for step in transitions[job] {
            let isUnfinished = step.to?.isFinished == false
            if isUnfinished, !isOpen {
                holds.append(Hold(job: job, from: step))
            } else if !isUnfinished, isOpen {
                holds[holds.count - 1].to = step
            }
            isOpen = isUnfinished
        }
        return holds
    }
}
