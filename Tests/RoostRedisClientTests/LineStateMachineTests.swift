import NIOCore
import Testing

@testable import RoostRedisClient

@Suite struct LineStateMachineTests {
    private typealias Machine = LineStateMachine<TestCall>

    private var machine = Machine(timeout: .seconds(5))

    private let loading = RedisError.server(code: "LOADING", message: "LOADING")

    private mutating func takeAll() -> [QueuedCall<TestCall>] {
        var calls: [QueuedCall<TestCall>] = []
        while let queued = machine.next() { calls.append(queued) }
        return calls
    }

    /// Makes a connection, with these calls under way on it.
    private mutating func open(_ calls: TestCall...) -> [QueuedCall<TestCall>] {
        for call in calls { _ = machine.add(call) }
        _ = machine.connected()
        return takeAll()
    }

    private func describe(_ ended: [Machine.Ended]) -> [String] {
        ended.map { ended in
            let end =
                switch ended.error {
                case .unknownFate: "unknown"
                case .timedOut: "late"
                case .unreachable: "unreachable"
                case .protocolViolation: "violation"
                case .refused: "refused"
                case .closed: "closed"
                case .server(let code, _): code
                default: "\(ended.error)"
                }
            return "\(ended.call.call.name) \(end)"
        }
    }

    @Test("the first call connects, and the others wait with it")
    mutating func connects() {
        #expect(machine.add(TestCall("a")) == .connect)
        #expect(machine.add(TestCall("b")) == .none)
        #expect(takeAll().isEmpty)
        #expect(machine.connected() == .send)
        #expect(takeAll().map(\.call.name) == ["a", "b"])
        #expect(machine.add(TestCall("c")) == .send)
    }

    @Test("a call whose caller is gone is not sent")
    mutating func cancelled() {
        var gone = TestCall("gone")
        gone.isOver = true
        #expect(open(TestCall("a"), gone, TestCall("b")).map(\.call.name) == ["a", "b"])
    }

    @Test("after a loss, what is safe is sent again before what waits, and the fate of the rest is unknown")
    mutating func loss() {
        let underWay = open(TestCall("a"), TestCall("b", resend: .never), TestCall("c"))
        machine.succeeded()
        let outcome = machine.lost(underWay, error: .connectionLost(""), wasUseful: true, now: at(1), chance: 0)
        #expect(outcome.step == .connect)
        #expect(describe(outcome.ended) == ["b unknown"])
        _ = machine.add(TestCall("d"))
        #expect(machine.connected() == .send)
        #expect(takeAll().map(\.call.name) == ["a", "c", "d"])
    }

    @Test("what was not sent yet is sent on the next connection, also if it may not be sent twice")
    mutating func unsent() {
        _ = open()
        #expect(machine.add(TestCall("a", resend: .never)) == .connect)
        _ = machine.couldNotConnect(.connectionLost(""), isFinal: false, now: at(1), chance: 0)
        #expect(machine.look(now: at(1)).step == .connect)
        #expect(machine.connected() == .send)
        #expect(takeAll().map(\.call.name) == ["a"])
    }

    @Test("a connection that is lost unasked is made again when it is wanted")
    mutating func idleLoss() {
        let underWay = open(TestCall("a"))
        machine.succeeded()
        #expect(underWay.count == 1)
        let outcome = machine.lost([], error: .connectionLost(""), wasUseful: true, now: at(1), chance: 0)
        #expect(outcome.step == .none)
        #expect(machine.link == .none)
        #expect(machine.add(TestCall("b")) == .connect)
    }

    @Test("a connection that was of no use is not made again at once")
    mutating func uselessLoss() {
        let underWay = open(TestCall("a"))
        let outcome = machine.lost(underWay, error: .connectionLost(""), wasUseful: false, now: at(1), chance: 1)
        #expect(outcome.step == .none)
        #expect(machine.link == .resting(until: at(1) + .milliseconds(50)))
        #expect(machine.look(now: at(2)).step == .connect)
    }

    @Test("failures to connect are waited after for longer and longer, and forgotten after an answer")
    mutating func backoff() {
        _ = machine.add(TestCall("a", until: 1000))
        var waits: [TimeAmount] = []
        var now = at(0)
        for _ in 0..<3 {
            let outcome = machine.couldNotConnect(.connectionLost("no"), isFinal: false, now: now, chance: 1)
            guard let next = outcome.next else { continue }
            waits.append(next - now)
            #expect(machine.look(now: next - .nanoseconds(1)).step == .none)
            #expect(machine.look(now: next).step == .connect)
            now = next
        }
        #expect(waits == [.milliseconds(50), .milliseconds(100), .milliseconds(200)])
        #expect(machine.connected() == .send)
        let sent = takeAll()
        #expect(machine.failures == 3)
        machine.succeeded()
        #expect(machine.failures == 0)
        #expect(sent.count == 1)
    }

    @Test("a wrong password is told at once to all who wait")
    mutating func refused() {
        _ = machine.add(TestCall("a"))
        _ = machine.add(TestCall("b", resend: .never))
        let outcome = machine.couldNotConnect(.refused("no"), isFinal: true, now: at(0), chance: 1)
        #expect(describe(outcome.ended) == ["a refused", "b refused"])
        #expect(machine.look(now: at(1)).step == .none)
        #expect(machine.add(TestCall("c")) == .connect)
    }

    @Test("who waits for a connection is told at the deadline why there is none")
    mutating func unreachable() {
        _ = machine.add(TestCall("a", until: 1))
        _ = machine.add(TestCall("b", until: 2))
        _ = machine.couldNotConnect(.connectionLost("nobody there"), isFinal: false, now: at(0), chance: 0)
        let outcome = machine.look(now: at(1))
        #expect(describe(outcome.ended) == ["a unreachable"])
        let reason = "\(outcome.ended.first?.error ?? .closed)"
        #expect(reason.contains("nobody there"))
        #expect(outcome.step == .connect)
        #expect(outcome.next == at(2))
        #expect(describe(machine.look(now: at(2)).ended) == ["b unreachable"])
        #expect(machine.look(now: at(3)).next == nil)
    }

    @Test("a call that is late ends with its connection, the others go on")
    mutating func late() {
        let underWay = open(TestCall("a", until: 1), TestCall("b", resend: .never, until: 1), TestCall("c", until: 2))
        machine.succeeded()
        let outcome = machine.lost(underWay, error: .connectionLost(""), wasUseful: true, now: at(1), chance: 0)
        #expect(describe(outcome.ended) == ["a late", "b unknown"])
        _ = machine.connected()
        #expect(takeAll().map(\.call.name) == ["c"])
    }

    @Test("what is no Redis server is not asked again")
    mutating func violation() {
        let underWay = open(TestCall("a"), TestCall("b", resend: .never))
        let error = RedisError.protocolViolation("HTTP")
        let outcome = machine.lost(underWay, error: error, wasUseful: false, now: at(1), chance: 0)
        #expect(describe(outcome.ended) == ["a violation", "b unknown"])
    }

    @Test("a call that a server is not ready for is sent again a little later, until its deadline")
    mutating func delayed() throws {
        var queued = try #require(open(TestCall("a", resend: .never, until: 1)).first)
        #expect(machine.delay(queued, loading, now: at(0), chance: 1) == after(milliseconds: 10))
        #expect(machine.look(now: after(milliseconds: 9)).step == .none)
        #expect(machine.look(now: after(milliseconds: 10)).step == .send)
        queued = try #require(takeAll().first)
        #expect(machine.delay(queued, loading, now: at(0), chance: 1) == after(milliseconds: 20))
        #expect(describe(machine.look(now: at(1)).ended) == ["a LOADING"])
    }

    @Test("a server that is no master any more is left, and calls wait for the next one")
    mutating func leaves() throws {
        let underWay = open(TestCall("a"), TestCall("b", resend: .never))
        let first = try #require(underWay.first)
        _ = machine.delay(first, loading, now: at(0), chance: 0)
        machine.leave()
        #expect(machine.add(TestCall("c")) == .none)
        #expect(takeAll().isEmpty)
        // The other is answered, and the connection is closed.
        let outcome = machine.lost([], error: .connectionLost(""), wasUseful: true, now: at(0), chance: 0)
        #expect(outcome.step == .connect)
        _ = machine.look(now: at(0))
        _ = machine.connected()
        #expect(takeAll().map(\.call.name) == ["c", "a"])
    }

    @Test("a server that names no better one is left with a pause before the next, a longer one each time")
    mutating func leavesWithPause() {
        let down = RedisError.server(code: "CLUSTERDOWN", message: "CLUSTERDOWN Hash slot not served")
        for (turn, pause) in [50, 100, 200].enumerated() {
            let now = at(Int64(turn))
            let underWay = open(TestCall("a", until: 60))
            for queued in underWay { _ = machine.delay(queued, down, now: now, chance: 0) }
            machine.leave(for: down)
            let outcome = machine.lost([], error: .connectionLost(""), wasUseful: true, now: now, chance: 1)
            #expect(outcome.step == .none)
            #expect(outcome.next == now + .milliseconds(Int64(pause)))
            #expect(machine.look(now: now + .milliseconds(Int64(pause))).step == .connect)
        }
        _ = open()
        machine.succeeded()
        machine.leave()
        _ = machine.add(TestCall("b", until: 60))
        #expect(machine.lost([], error: .connectionLost(""), wasUseful: true, now: at(9), chance: 1).step == .connect)
    }

    @Test("a call that is put off beyond its deadline is looked at then")
    mutating func delayedBeyond() throws {
        let queued = try #require(open(TestCall("a", until: 1)).first)
        #expect(machine.delay(queued, loading, now: after(milliseconds: 995), chance: 1) == at(1))
    }

    @Test("a call that moved is sent at once, and more slowly when it is sent to and fro")
    mutating func redirected() throws {
        var queued = try #require(open(TestCall("a", resend: .never)).first)
        for _ in 0..<2 {
            let (step, next) = machine.redirect(queued, loading, now: at(0), chance: 1)
            #expect(step == .send)
            #expect(next == nil)
            queued = try #require(takeAll().first)
        }
        let (step, next) = machine.redirect(queued, loading, now: at(0), chance: 1)
        #expect(step == .none)
        #expect(next == after(milliseconds: 40))
    }

    @Test("what was asked of a second connection is judged as elsewhere, and the first stays")
    mutating func stranded() {
        let underWay = open(TestCall("a"), TestCall("b", resend: .never))
        let outcome = machine.strand(underWay, error: .connectionLost(""), now: at(0))
        #expect(describe(outcome.ended) == ["b unknown"])
        #expect(machine.link == .open)
        #expect(machine.look(now: at(0)).step == .send)
        #expect(takeAll().map(\.call.name) == ["a"])
    }

    @Test("closing ends all calls, and no connection is made any more")
    mutating func closes() throws {
        let queued = try #require(open(TestCall("a")).first)
        _ = machine.delay(queued, loading, now: at(0), chance: 1)
        machine.leave()
        _ = machine.add(TestCall("b"))
        #expect(describe(machine.close()) == ["b closed", "a closed"])
        let underWay = QueuedCall(TestCall("c", resend: .never))
        let outcome = machine.lost([underWay], error: .closed, wasUseful: true, now: at(0), chance: 0)
        #expect(describe(outcome.ended) == ["c closed"])
        #expect(outcome.step == .none)
        #expect(machine.connected() == .none)
        #expect(machine.look(now: at(9)).step == .none)
    }
}
