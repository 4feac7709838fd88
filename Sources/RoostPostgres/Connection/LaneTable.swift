import RoostCore
import Synchronization

/// A queue and a kind.
struct LaneName: Hashable, Sendable {
    var queue: String
    var kind: String
}

/// The numbers of lanes, which follow from their names and never change.
final class LaneTable: Sendable {
    private struct State {
        var numbers: [LaneName: Int64] = [:]
        var names: [Int64: LaneName] = [:]
        var newest: Int64 = 0
    }

    private let state = Mutex(State())

    /// The newest that is known, by the order in which they were made.
    var newest: Int64 { state.withLock { $0.newest } }

    func name(of number: Int64) -> LaneName? {
        state.withLock { $0.names[number] }
    }

    /// Learns all that there are.
    func learn(_ lanes: [(number: Int64, name: LaneName)], newest: Int64) {
        state.withLock { state in
            for (number, name) in lanes {
                state.numbers[name] = number
                state.names[number] = name
            }
            state.newest = newest
        }
    }

    /// The lanes of some queues and kinds, in the order of the queues; those of the queue at `groups[i]`.
    func lanes(queues: [String], kinds: [String]) -> (numbers: [Int64], groups: [Int32]) {
        state.withLock { state in
            var found: (numbers: [Int64], groups: [Int32]) = ([], [])
            var seen: Set<Int64> = []
            for (group, queue) in queues.enumerated() {
                for kind in kinds {
                    guard let number = state.numbers[LaneName(queue: queue, kind: kind)], seen.insert(number).inserted
                    else { continue }
                    found.numbers.append(number)
                    found.groups.append(Int32(clamping: group))
                }
            }
            return found
        }
    }

    /// All lanes of a queue, a kind, or both; nil: of any.
    func matching(queue: String?, kind: String?) -> [Int64] {
        state.withLock { state in
            state.names.filter { (queue == nil || $0.value.queue == queue) && (kind == nil || $0.value.kind == kind) }
                .keys.sorted()
        }
    }
}
