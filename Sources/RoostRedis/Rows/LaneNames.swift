import RoostCore
import Synchronization

/// A queue and a kind.
struct LaneName: Hashable {
    let queue: String
    let kind: String

    init(queue: String, kind: String) {
        self.queue = queue
        self.kind = kind
    }

    /// As stored: the length of the queue's name (2), the queue, the kind.
    init(_ bytes: [UInt8]) throws(StoreError) {
        var reader = ByteReader(bytes)
        queue = String(decoding: try reader.slice(Int(try reader.number(UInt16.self))), as: UTF8.self)
        kind = String(decoding: try reader.slice(reader.rest), as: UTF8.self)
    }

    /// - Throws: `rejected` for a queue's name of more than 65,535 bytes.
    var bytes: [UInt8] {
        get throws(StoreError) {
            guard let length = UInt16(exactly: queue.utf8.count) else {
                throw StoreError(
                    .rejected,
                    "the name of a queue has \(queue.utf8.count) bytes; at most 65,535 are stored"
                )
            }
            var bytes: [UInt8] = []
            bytes.append(number: length)
            return bytes + Array(queue.utf8) + Array(kind.utf8)
        }
    }
}

/// The numbers of the lanes, as far as this process knows them: they never change while the namespace is the same.
final class LaneNames: Sendable {
    private struct State {
        var numbers: [LaneName: UInt32] = [:]
        var names: [UInt32: LaneName] = [:]
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.numbers.count } }

    func number(of lane: LaneName) -> UInt32? {
        state.withLock { $0.numbers[lane] }
    }

    func name(of number: UInt32) -> LaneName? {
        state.withLock { $0.names[number] }
    }

    /// The numbers of the lanes that there are, in the order of `kinds`.
    func numbers(queue: String, kinds: [String]) -> [UInt32] {
        state.withLock { state in
            guard !state.numbers.isEmpty else { return [] }
            return kinds.compactMap { state.numbers[LaneName(queue: queue, kind: $0)] }
        }
    }

    func set(_ lanes: [LaneName: UInt32]) {
        state.withLock { state in
            state.numbers = lanes
            state.names = Dictionary(lanes.map { ($1, $0) }) { first, _ in first }
        }
    }

    var all: [LaneName] { state.withLock { Array($0.numbers.keys) } }
}
