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

/// The numbers of the lanes, as far as this process knows them, and the epoch in which it learnt them.
final class LaneNames: Sendable {
    private struct State {
        var epoch: [UInt8] = []
        var numbers: [LaneName: UInt32] = [:]
        var names: [UInt32: LaneName] = [:]
    }

    private let state = Mutex(State())

    var epoch: [UInt8] { state.withLock { $0.epoch } }

    var count: Int { state.withLock { $0.numbers.count } }

    /// The number of a lane; nil: it is not known.
    ///
    /// - Throws: `Namespace.changed` where `epoch` is over: the caller has numbers of another one already, or is about to.
    func number(of lane: LaneName, in epoch: [UInt8]) throws(StoreError) -> UInt32? {
        let (now, number) = state.withLock { ($0.epoch, $0.numbers[lane]) }
        guard now == epoch else { throw Namespace.changed }
        return number
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

    /// The server has these lanes. Within an epoch and its followers lanes are only added: an answer with fewer is an older one.
    func learn(_ lanes: [LaneName: UInt32], epoch: [UInt8]) {
        state.withLock { state in
            guard lanes.count >= state.numbers.count else { return }
            state.epoch = epoch
            state.numbers = lanes
            state.names = Dictionary(lanes.map { ($1, $0) }) { first, _ in first }
        }
    }

    /// The server never had the epoch in which the lanes were learnt: they mean nothing.
    func forget(for epoch: [UInt8]) {
        state.withLock { if $0.epoch != epoch { $0 = State(epoch: epoch) } }
    }

    var all: [LaneName] { state.withLock { Array($0.numbers.keys) } }
}
