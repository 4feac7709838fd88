import NIOCore
import Testing

@testable import RoostRedisClient

@Suite struct PipelineStateMachineTests {
    private typealias Machine = PipelineStateMachine<TestCall>

    private func describe(_ received: Machine.Received) -> String {
        switch received {
        case .more: "more"
        case .answered(let queued, let values): "\(queued.call.name) \(values.compactMap(\.integer))"
        case .unasked(let value): "unasked \(value.integer ?? -1)"
        }
    }

    @Test("replies belong to calls in the order in which these were sent")
    func order() {
        var machine = Machine()
        machine.sent(QueuedCall(TestCall("a")))
        machine.sent(QueuedCall(TestCall("b", replies: 3)))
        machine.sent(QueuedCall(TestCall("c")))
        let results = (1...6).map { describe(machine.received(.integer($0))) }
        #expect(results == ["a [1]", "more", "more", "b [2, 3, 4]", "c [5]", "unasked 6"])
        #expect(machine.isEmpty)
        #expect(machine.answered == 3)
    }

    @Test("a call whose slot is on its way has an answer to ASKING before each of its own")
    func asking() {
        var machine = Machine()
        var queued = QueuedCall(TestCall("a", replies: 2))
        queued.isAsking = true
        machine.sent(queued)
        let results = (1...4).map { describe(machine.received(.integer($0))) }
        #expect(results == ["more", "more", "more", "a [1, 2, 3, 4]"])
    }

    @Test("the deadline is that of the oldest call")
    func deadline() {
        var machine = Machine()
        #expect(machine.deadline == nil)
        machine.sent(QueuedCall(TestCall("a", until: 5)))
        machine.sent(QueuedCall(TestCall("again", until: 3)))
        #expect(machine.deadline == at(3))
        _ = machine.received(.null)
        _ = machine.received(.null)
        #expect(machine.deadline == nil)
    }

    @Test("a connection that is lost gives back what was not answered whole")
    func loss() {
        var machine = Machine()
        machine.sent(QueuedCall(TestCall("a")))
        machine.sent(QueuedCall(TestCall("b", replies: 2)))
        machine.sent(QueuedCall(TestCall("c")))
        _ = machine.received(.integer(1))
        _ = machine.received(.integer(2))
        #expect(machine.lose().map(\.call.name) == ["b", "c"])
        #expect(machine.isEmpty)
        #expect(describe(machine.received(.integer(3))) == "unasked 3")
    }
}
