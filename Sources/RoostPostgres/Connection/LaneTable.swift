import RoostCore
import Synchronization

/// A queue and a kind.
struct LaneName: Hashable, Sendable {
    var queue: String
    var kind: String
}

/// The numbers of lanes and of those who enqueue. Neither ever changes.
final class LaneTable: Sendable {
    private struct State {
        var numbers: [LaneName: Int64] = [:]
        var names: [Int64: LaneName] = [:]
        var highest: Int64 = 0
        var clients: [String: Int64] = [:]
    }

    private let state = Mutex(State())

    /// The highest number that is known.
    var highest: Int64 { state.withLock { $0.highest } }

    func number(of name: LaneName) -> Int64? {
        state.withLock { $0.numbers[name] }
    }

    func name(of number: Int64) -> LaneName? {
        state.withLock { $0.names[number] }
    }

    /// - Parameter isWhole: whether all lanes up to the highest of these are known with them.
    func add(_ lanes: [(number: Int64, name: LaneName)], isWhole: Bool = false) {
        state.withLock { state in
            for (number, name) in lanes {
                state.numbers[name] = number
                state.names[number] = name
                if isWhole { state.highest = max(state.highest, number) }
            }
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

    func client(_ name: String) -> Int64? {
        state.withLock { $0.clients[name] }
    }

    func add(client name: String, _ number: Int64) {
        state.withLock { state in
            // One process has one name; whoever makes up many pays with a look-up each.
            if state.clients.count > 1000 { state.clients = [:] }
            state.clients[name] = number
        }
    }
}
