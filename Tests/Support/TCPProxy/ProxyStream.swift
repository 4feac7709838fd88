#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What holds for one direction.
struct ProxyRule {
    /// The bytes that may still pass before a connection ends.
    struct Allowance {
        var left: Int
        var ending: TCPProxy.Ending
    }

    /// Nanoseconds.
    var delay: Int64 = 0
    var isStalled = false
    var isCut = false
    var allowance: Allowance?

    /// Whether bytes go straight through.
    var isPlain: Bool { delay == 0 && !isStalled && !isCut && allowance == nil }
}

/// One direction of a connection: what was read from one side waits here until it may go to the other.
struct ProxyStream {
    enum Fate {
        case goesOn
        /// One of the sides is gone, or the other one's end has come.
        case ends(TCPProxy.Ending)
    }

    private struct Piece {
        var bytes: ArraySlice<UInt8>
        /// nanoseconds of the monotonic clock.
        let due: Int64
        /// Nothing comes after it.
        var ending: TCPProxy.Ending?
    }

    /// So much may wait: what 100 ms hold of what a loopback can do in a test. The sender waits for the rest.
    private static let room = 8 << 20

    let source: Int32
    let sink: Int32
    private var pieces: [Piece] = []
    private var first = 0
    private var waiting = 0
    /// The source has said its last.
    private var isAtEnd = false
    /// The sink takes no more for now.
    private var isFull = false
    /// The sink was told of the end, or the end was lost.
    private(set) var isOver = false
    private(set) var hasLost = false

    init(from source: Int32, to sink: Int32) {
        self.source = source
        self.sink = sink
    }

    var wantsToRead: Bool { !isAtEnd && waiting < Self.room }

    func wantsToWrite(_ rule: ProxyRule) -> Bool { isFull && !rule.isStalled }

    /// When the first piece may go; nil where something else has to happen before.
    func due(_ rule: ProxyRule) -> Int64? {
        first < pieces.count && !isFull && !rule.isStalled ? pieces[first].due : nil
    }

    mutating func canWrite() { isFull = false }

    /// Takes what has come.
    mutating func read(
        into scratch: UnsafeMutableRawBufferPointer,
        _ rule: ProxyRule,
        now: Int64,
        counting sent: inout Int
    ) {
        let count = recv(source, scratch.baseAddress, scratch.count, Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR { return }
        guard count > 0 else {
            isAtEnd = true
            pieces.append(Piece(bytes: [], due: now + rule.delay, ending: count == 0 ? .finish : .reset))
            return
        }
        var rest = UnsafeRawBufferPointer(rebasing: scratch[..<count])
        if rule.isPlain, first == pieces.count, !hasLost {
            let written = max(0, Loopback.write(rest, to: sink))
            sent += written
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
        // Whatever kept it from going is found out when it is tried again.
        if !rest.isEmpty {
            waiting += rest.count
            pieces.append(Piece(bytes: ArraySlice(rest), due: now + rule.delay))
        }
    }

    /// Hands on what is due.
    mutating func write(
        _ rule: inout ProxyRule,
        now: Int64,
        counting sent: inout Int,
        lost: inout Int
    ) -> Fate {
        while let due = due(rule), due <= now {
            if rule.isCut || hasLost {
                lost += pieces[first].bytes.count
                hasLost = true
                if pieces[first].ending != nil { isOver = true }
                drop()
                continue
            }
            switch pieces[first].ending {
            case .reset: return .ends(.reset)
            case .finish:
                shutdown(sink, Int32(SHUT_WR))
                isOver = true
                drop()
                continue
            case nil: break
            }
            if let allowance = rule.allowance, allowance.left == 0 {
                rule.allowance = nil
                return .ends(allowance.ending)
            }
            let count = min(pieces[first].bytes.count, rule.allowance?.left ?? .max)
            let written = pieces[first].bytes.prefix(count).withUnsafeBytes { Loopback.write($0, to: sink) }
            guard written > 0 else {
                if written < 0, errno == EINTR { continue }
                guard written < 0, errno == EAGAIN || errno == EWOULDBLOCK else { return .ends(.reset) }
                isFull = true
                return .goesOn
            }
            sent += written
            waiting -= written
            rule.allowance?.left -= written
            pieces[first].bytes.removeFirst(written)
            if pieces[first].bytes.isEmpty { drop() }
        }
        return .goesOn
    }

    private mutating func drop() {
        waiting -= pieces[first].bytes.count
        pieces[first].bytes = []
        first += 1
        if first == pieces.count || first > 1024 {
            pieces.removeFirst(first)
            first = 0
        }
    }
}
