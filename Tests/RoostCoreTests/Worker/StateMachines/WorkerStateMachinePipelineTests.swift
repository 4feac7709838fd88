import Testing

@testable import RoostCore

/// Several exchanges on their way at once, each of 250 ends and jobs or more.
@Suite("WorkerStateMachine with several exchanges at once")
struct WorkerStateMachinePipelineTests {
    private static func names(_ prefix: String, _ count: Int, _ suffix: String = "") -> String {
        (0..<count).map { "\(prefix)\($0)\(suffix)" }.joined(separator: " ")
    }

    /// A rig of four exchanges at once, whose slots all wait and whose first claim was asked.
    private func rig(slots: Int) -> WorkerRig {
        var rig = WorkerRig(slots: slots, exchangesAtOnce: 4)
        for slot in 0..<slots { _ = rig.ask(slot) }
        return rig
    }

    @Test("full claims are asked at once, until what they may bring is enough or four are on their way")
    func fullClaims() {
        var rig = rig(slots: 600)
        #expect(rig.nextAll() == ["claim 250", "claim 250", "wait"])
        #expect(rig.calls == [1, 2])
        var larger = self.rig(slots: 2000)
        #expect(larger.nextAll() == ["claim 250", "claim 250", "claim 250", "claim 250", "wait"])
    }

    @Test("a small exchange waits for the answer of another, and takes along what gathers until then")
    func smallWaits() {
        var rig = rig(slots: 3)
        #expect(rig.next() == "claim 3")
        rig.answer(claim: "a b c")
        _ = rig.next()
        rig.finish(0)
        #expect(rig.next() == "settle a succeeded")
        rig.finish(1)
        _ = rig.ask(0)
        rig.machine.wake()
        #expect(rig.next() == "wait")
        rig.finish(2)
        rig.answer()
        #expect(rig.next() == "settle b succeeded, c succeeded; claim 1")
    }

    @Test("ends are told 250 a call, while four are on their way")
    func fullSettles() {
        var rig = rig(slots: 1)
        _ = rig.next()
        rig.answer(claim: Self.names("e", 1250, "!expired"))
        for _ in 0..<4 { #expect(rig.next().hasPrefix("settle ")) }
        #expect(rig.calls.count == 4)
        #expect(!rig.next().hasPrefix("settle "))
        #expect(rig.answer().first == "e0")
        #expect(rig.next().hasPrefix("settle e1000 expired"))
    }

    @Test("where others claim too, there is one exchange at a time, of up to 500 jobs and all ends")
    func shared() {
        var rig = rig(slots: 2000)
        _ = rig.nextAll()
        for claim in 1...3 { rig.answer(claim: "a\(claim)!expired", followsOther: true) }
        #expect(rig.calls == [4])
        #expect(!rig.nextAll().contains { $0.contains("claim") || $0.contains("settle") })
        rig.answer(claim: Self.names("e", 600, "!expired"), followsOther: true)
        let next = rig.next()
        #expect(next.hasPrefix("settle a1 expired"))
        #expect(next.hasSuffix("e599 expired; claim 500"))
        #expect(rig.nextAll() == ["wait"])
    }

    @Test("answers may come in any order")
    func anyOrder() {
        var rig = rig(slots: 600)
        _ = rig.nextAll()
        rig.answer(claim: "b", last: true)
        rig.answer(claim: "a")
        #expect(rig.next() == "start b@0 a@1")
    }

    @Test("a solo job that comes while other claims are on their way is given back, and then claimed by itself")
    func solo() {
        var rig = rig(slots: 600)
        _ = rig.nextAll()
        rig.answer(claim: "s!solo")
        #expect(rig.nextAll() == ["wait"])
        rig.answer(claim: "t!solo")
        #expect(rig.next() == "settle s released, t released")
        #expect(rig.next() == "wait")
        rig.answer()
        #expect(rig.nextAll() == ["claim 1", "wait"])
        rig.answer(claim: "s!solo")
        #expect(rig.nextAll() == ["start s@0", "wait"])
    }

    @Test("what claims bring after the drain is given back, and the worker ends when all are answered")
    func drain() {
        var rig = rig(slots: 600)
        _ = rig.nextAll()
        rig.machine.drain(until: .seconds(10))
        _ = rig.next()
        for slot in 0..<600 { rig.endSlots(slot) }
        rig.answer(claim: "")
        #expect(rig.next() != "finish")
        rig.answer(claim: "a")
        #expect(rig.next() == "settle a released")
        rig.answer()
        #expect(rig.next() == "finish")
    }

    @Test("after a failure nothing is sent before the pause is over, also where another answer comes")
    func failure() {
        var rig = rig(slots: 600)
        _ = rig.nextAll()
        rig.fail()
        #expect(rig.next() == "wait")
        rig.answer(claim: "")
        #expect(rig.next() == "wait until 0.05")
        rig.now = .milliseconds(50)
        #expect(rig.next() == "claim 250")
    }

    @Test("a worker that stops without leases waits for what is on its way before it gives up the rest")
    func abandons() {
        var rig = rig(slots: 1)
        _ = rig.next()
        rig.answer(claim: Self.names("e", 500, "!expired"))
        for _ in 0..<2 { #expect(rig.next().hasPrefix("settle ")) }
        rig.machine.stop(now: rig.now)
        rig.lose(1)
        rig.fail()
        #expect(rig.machine.abandonOverdue().isEmpty)
        #expect(rig.answer().first == "e250")
        #expect(rig.machine.abandonOverdue().map(\.item.job.name).first == "e0")
    }

    @Test("the answer of an exchange that was given up changes nothing")
    func givenUp() {
        var rig = rig(slots: 600)
        _ = rig.nextAll()
        rig.fail()
        rig.machine.stop(now: rig.now)
        #expect(rig.machine.abandon().isEmpty)
        #expect(rig.answer(claim: "a").isEmpty)
        #expect(rig.machine.bufferedCount == 0)
        #expect(rig.machine.leases.tokens.isEmpty)
    }
}
