import Testing

@testable import RoostCore

/// Draining and stopping.
@Suite("WorkerStateMachine shutting down")
struct WorkerStateMachineShutdownTests {
    // MARK: Drain

    @Test("a worker that drains claims nothing and starts nothing")
    func startsNothing() {
        var rig = WorkerRig.running("a", slots: 1)
        rig.machine.drain(until: .seconds(10))
        rig.machine.wake()
        #expect(rig.next() == "wait until 10.0")
        rig.finish(0)
        #expect(rig.ask(0) == "end")
        #expect(rig.next() == "settle a succeeded")
    }

    @Test("a worker that drains gives its buffer back")
    func releasesBuffer() {
        var rig = WorkerRig.claimed("a b c")
        _ = rig.next()
        rig.machine.drain(until: .seconds(10))
        #expect(rig.next() == "settle b released, c released")
    }

    @Test("slots that wait end when the worker drains, once")
    func endsWaiting() {
        var rig = WorkerRig.claimed("a", slots: 3)
        _ = rig.next()
        rig.machine.drain(until: .seconds(10))
        #expect(rig.next() == "end 1 2")
        #expect(rig.next() == "wait until 10.0")
    }

    @Test("jobs that are handed out while the worker drains are given back")
    func claimDuringDrain() {
        var rig = WorkerRig()
        _ = rig.ask(0)
        _ = rig.next()
        rig.machine.drain(until: .seconds(10))
        rig.answer(claim: "a b!solo c!expired")
        #expect(rig.nextAll() == ["end 0", "settle a released, b released, c expired", "wait until 10.0"])
    }

    @Test("a job that runs may end until the deadline, and is cancelled then")
    func grace() {
        var rig = WorkerRig.running("a")
        rig.machine.drain(until: .seconds(10))
        rig.now = .seconds(10) - .nanoseconds(1)
        #expect(rig.next().hasPrefix("wait"))
        rig.now = .seconds(10)
        #expect(rig.next() == "cancel 0#1")
        #expect(rig.machine.cancelReason(slot: 0) == .shutdown)
        #expect(rig.machine.phase == .stopping)
    }

    @Test("a second drain does not move the deadline")
    func drainTwice() {
        var rig = WorkerRig.running("a")
        rig.machine.drain(until: .seconds(10))
        rig.machine.drain(until: .seconds(99))
        #expect(rig.next() == "wait until 10.0")
    }

    @Test("timeouts and requested cancels still hold while the worker drains")
    func cancelsDuringDrain() {
        var rig = WorkerRig.running("a b")
        rig.machine.setDeadline(.seconds(2), slot: 0)
        rig.machine.drain(until: .seconds(10))
        rig.cancel("b")
        #expect(rig.next() == "cancel 1#1")
        rig.now = .seconds(2)
        #expect(rig.next() == "cancel 0#1")
    }

    @Test("ends are told again after a failure while the worker drains, too")
    func failureDuringDrain() {
        var rig = WorkerRig.running("a")
        rig.machine.drain(until: .seconds(10))
        rig.finish(0)
        _ = rig.next()
        rig.fail()
        _ = rig.ask(0)
        rig.endSlots(0)
        #expect(rig.next() == "wait until 0.05")
        rig.now = .milliseconds(50)
        #expect(rig.next() == "settle a succeeded")
        rig.answer()
        #expect(rig.next() == "finish")
    }

    // MARK: Stop

    @Test("a worker that stops cancels what runs at once")
    func stops() {
        var rig = WorkerRig.running("a b")
        rig.machine.stop(now: .zero)
        #expect(rig.next() == "cancel 0#1 1#1")
        #expect(rig.machine.cancelReason(slot: 1) == .shutdown)
    }

    @Test("a worker that stops gives its buffer back")
    func stopReleasesBuffer() {
        var rig = WorkerRig.claimed("a b")
        _ = rig.next()
        rig.machine.stop(now: .zero)
        #expect(rig.nextAll().contains("settle b released"))
    }

    @Test("a stop does not wait for the grace of a drain")
    func stopDuringDrain() {
        var rig = WorkerRig.running("a")
        rig.machine.drain(until: .seconds(10))
        _ = rig.next()
        rig.machine.stop(now: .seconds(1))
        #expect(rig.next() == "cancel 0#1")
    }

    @Test("a second stop, or a drain after it, changes nothing")
    func stopTwice() {
        var rig = WorkerRig.running("a")
        rig.machine.stop(now: .zero)
        _ = rig.next()
        rig.machine.stop(now: .seconds(1))
        rig.machine.drain(until: .seconds(99))
        #expect(rig.machine.phase == .stopping)
        #expect(rig.next() == "wait until 5.0")
    }

    @Test("a job that was on its way to its slot when the worker stopped is cancelled")
    func startedWhileStopping() {
        var rig = WorkerRig.claimed("a")
        #expect(rig.next() == "start a@0")
        rig.machine.stop(now: .zero)
        #expect(rig.next() == "cancel 0#1")
    }

    @Test("a slot whose job was cancelled by the stop ends in its fresh task")
    func endsInFreshTask() {
        var rig = WorkerRig.running("a")
        rig.machine.stop(now: .zero)
        _ = rig.next()
        #expect(rig.finish(0, end: .released) == true)
        #expect(rig.machine.beginTask(slot: 0) == 2)
        #expect(rig.ask(0) == "end")
    }

    // MARK: Finish

    @Test("the worker finishes when all slots have ended and all is settled")
    func finishes() {
        var rig = WorkerRig.running("a b")
        rig.machine.drain(until: .seconds(10))
        rig.finish(0)
        _ = rig.ask(0)
        rig.endSlots(0)
        #expect(rig.next() == "settle a succeeded")
        rig.answer()
        #expect(rig.next() == "wait until 10.0")
        rig.finish(1)
        _ = rig.ask(1)
        rig.endSlots(1)
        #expect(rig.next() == "settle b succeeded")
        #expect(rig.next() != "finish")
        rig.answer()
        #expect(rig.next() == "finish")
    }

    @Test("the worker does not finish while a claim is on its way")
    func waitsForClaim() {
        var rig = WorkerRig()
        _ = rig.ask(0)
        _ = rig.next()
        rig.machine.stop(now: .zero)
        #expect(rig.next() == "end 0")
        rig.endSlots(0)
        #expect(rig.next() == "wait")
        rig.answer(claim: "a")
        #expect(rig.next() == "settle a released")
        rig.answer()
        #expect(rig.next() == "finish")
    }

    @Test("the worker does not finish while a slot still runs its end")
    func waitsForSlots() {
        var rig = WorkerRig(slots: 2)
        _ = rig.ask(0)
        _ = rig.ask(1)
        rig.machine.stop(now: .zero)
        #expect(rig.next() == "end 0 1")
        rig.endSlots(0)
        #expect(rig.next() == "wait")
        rig.endSlots(1)
        #expect(rig.next() == "finish")
    }

    @Test("a worker that never did anything finishes")
    func finishesIdle() {
        var rig = WorkerRig()
        rig.machine.stop(now: .zero)
        #expect(rig.ask(0) == "end")
        rig.endSlots(0)
        #expect(rig.next() == "finish")
    }
}
