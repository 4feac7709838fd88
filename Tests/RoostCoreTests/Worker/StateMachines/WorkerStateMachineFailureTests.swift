import Testing

@testable import RoostCore

/// A store that fails, a buffer that grows old, and too much that is not settled.
@Suite("WorkerStateMachine when the store fails")
struct WorkerStateMachineFailureTests {
    @Test("after a failed exchange its ends are told again after a pause, before later ones")
    func retells() {
        var rig = WorkerRig.running("a b c")
        rig.finish(0)
        _ = rig.next()
        rig.finish(1)
        rig.fail()
        rig.finish(2)
        #expect(rig.next() == "wait until 0.05")
        rig.now = .milliseconds(50)
        #expect(rig.next() == "settle a succeeded, b succeeded, c succeeded")
    }

    @Test("pauses grow while the store goes on failing")
    func backsOff() {
        var rig = WorkerRig.running("a")
        rig.finish(0)
        var pauses: [Double] = []
        for _ in 0..<5 {
            #expect(rig.next() == "settle a succeeded")
            let pause = rig.fail()
            pauses.append(pause.seconds)
            rig.now += pause
        }
        #expect(pauses == [0.05, 0.1, 0.2, 0.4, 0.8])
    }

    @Test("the claim of a failed exchange is asked again after the pause, with what the slots need then")
    func reclaims() {
        var rig = WorkerRig(slots: 2)
        _ = rig.ask(0)
        #expect(rig.next() == "claim 1")
        rig.fail()
        _ = rig.ask(1)
        #expect(rig.next() == "wait until 0.05")
        rig.now = .milliseconds(50)
        #expect(rig.next() == "claim 2")
    }

    @Test("while ends wait for a pause to pass, nothing is claimed either")
    func pauseHoldsForClaims() {
        var rig = WorkerRig.running("a", slots: 2)
        rig.finish(0)
        _ = rig.next()
        rig.fail()
        _ = rig.ask(0)
        rig.machine.wake()
        #expect(rig.next() == "wait until 0.05")
        rig.now = .milliseconds(50)
        #expect(rig.next() == "settle a succeeded; claim 2")
    }

    @Test("a wake-up does not cut the pause after a failed claim short")
    func wakeDuringPause() {
        var rig = WorkerRig()
        _ = rig.ask(0)
        _ = rig.next()
        rig.fail()
        rig.machine.wake()
        #expect(rig.next() == "wait until 0.05")
    }

    @Test("a store that answers again is used at once")
    func recovers() {
        var rig = WorkerRig.running("a")
        rig.finish(0)
        _ = rig.next()
        rig.fail()
        rig.now = .milliseconds(50)
        _ = rig.next()
        #expect(rig.answer() == ["a"])
        _ = rig.ask(0)
        #expect(rig.next() == "claim 1")
    }

    @Test("jobs go on being started from the buffer while the store fails")
    func startsFromBuffer() {
        var rig = WorkerRig.claimed("a b")
        _ = rig.next()
        rig.finish(0)
        _ = rig.next()
        rig.fail()
        #expect(rig.ask(0) == "run b")
    }

    // MARK: Too much unsettled

    private static let thousandExpired = (0..<1000).map { "e\($0)!expired" }.joined(separator: " ")

    @Test("nothing new is started while 1,000 ends are not settled")
    func mostUnsettled() {
        var rig = WorkerRig.claimed(Self.thousandExpired + " a")
        #expect(rig.machine.settler.unsettled == 1000)
        let action = rig.next()
        #expect(action.hasPrefix("settle"))
        #expect(rig.machine.runningJobs.isEmpty)
        #expect(rig.ask(0, mayWait: false) == "wait")
    }

    @Test("what was held up is started as soon as the store has the ends")
    func startsOnceSettled() {
        var rig = WorkerRig.claimed(Self.thousandExpired + " a")
        _ = rig.next()
        rig.answer()
        #expect(rig.next() == "start a@0")
    }

    @Test("999 ends that are not settled hold up nothing")
    func belowMostUnsettled() {
        let expired = (0..<999).map { "e\($0)!expired" }.joined(separator: " ")
        var rig = WorkerRig.claimed(expired + " a")
        #expect(rig.next() == "start a@0")
    }

    @Test("a worker of more than 1,000 slots may have as many ends unsettled")
    func moreSlots() {
        var rig = WorkerRig.claimed(Self.thousandExpired + " a", slots: 1001)
        #expect(rig.next() == "start a@0")
    }

    // MARK: A stale buffer

    @Test("a buffer that no slot took from for two seconds is given back")
    func staleBuffer() {
        var rig = WorkerRig.claimed("a b c")
        _ = rig.next()
        #expect(rig.nextAll() == ["wait until 2.0"])
        rig.now = .seconds(2)
        #expect(rig.next() == "settle b released, c released")
        #expect(rig.machine.bufferedCount == 0)
    }

    @Test("what was given back is told with its event")
    func staleBufferEvents() {
        var rig = WorkerRig.claimed("a b")
        _ = rig.next()
        rig.now = .seconds(2)
        _ = rig.next()
        let settled = rig.complete(ExchangeAnswer(now: Timestamp(microseconds: 0)))
        #expect(settled.map { $0.event is JobReleased } == [true])
    }

    @Test("what was given back is left to other workers, not claimed again by the one whose slots are busy")
    func staleBufferIsNotClaimedAgain() {
        var rig = WorkerRig.busy()
        rig.machine.wake()
        _ = rig.next()
        rig.answer(claim: (0..<101).map { "b\($0)" }.joined(separator: " "))
        #expect(rig.next() == "start b0@0")
        rig.now += .seconds(2)
        let action = rig.next()
        #expect(action.hasPrefix("settle b1 released") && !action.contains("claim"))
        rig.answer()
        rig.machine.wake()
        #expect(rig.next() == "wait")
    }

    // MARK: Giving up

    @Test("what is given up is told to nobody, and the worker can finish")
    func abandons() {
        var rig = WorkerRig.running("a b")
        rig.finish(0)
        _ = rig.next()
        rig.finish(1)
        rig.fail()
        rig.machine.stop(now: rig.now)
        #expect(rig.machine.abandon().map(\.item.job.name) == ["a", "b"])
        #expect(rig.ask(0) == "end")
        #expect(rig.ask(1) == "end")
        rig.endSlots(0, 1)
        #expect(rig.next() == "finish")
    }
}
