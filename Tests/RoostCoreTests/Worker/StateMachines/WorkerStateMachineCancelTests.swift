import Testing

@testable import RoostCore

/// Timeouts, requested cancels, lost leases, and jobs that heed none of them.
@Suite("WorkerStateMachine cancelling")
struct WorkerStateMachineCancelTests {
    // MARK: Timeouts

    @Test("a job is cancelled when its time is up, not before")
    func timeout() {
        var rig = WorkerRig.running("a b")
        rig.machine.setDeadline(.seconds(3), slot: 1)
        #expect(rig.next() == "wait until 3.0")
        rig.now = .seconds(3) - .nanoseconds(1)
        #expect(rig.next().hasPrefix("wait"))
        rig.now = .seconds(3)
        #expect(rig.next() == "cancel 1#1")
        #expect(rig.machine.cancelReason(slot: 1) == .timeout)
        #expect(rig.machine.cancelReason(slot: 0) == nil)
    }

    @Test("jobs whose time is up together are cancelled together")
    func timeouts() {
        var rig = WorkerRig.running("a b")
        rig.machine.setDeadline(.seconds(3), slot: 0)
        rig.machine.setDeadline(.seconds(2), slot: 1)
        rig.now = .seconds(3)
        #expect(rig.next() == "cancel 0#1 1#1")
    }

    @Test("a deadline ends with its job")
    func deadlineEnds() {
        var rig = WorkerRig.claimed("a b")
        _ = rig.next()
        rig.machine.setDeadline(.seconds(1), slot: 0)
        rig.finish(0)
        _ = rig.ask(0)
        rig.now = .seconds(1)
        #expect(!rig.nextAll().contains { $0.hasPrefix("cancel") })
    }

    @Test("a deadline for a slot without a job changes nothing")
    func deadlineWithoutJob() {
        var rig = WorkerRig()
        rig.machine.setDeadline(.zero, slot: 0)
        #expect(rig.next() == "wait")
    }

    @Test("a job that is cancelled is not cancelled again")
    func once() {
        var rig = WorkerRig.running("a")
        rig.machine.setDeadline(.seconds(1), slot: 0)
        rig.now = .seconds(1)
        #expect(rig.next() == "cancel 0#1")
        rig.cancel("a")
        #expect(rig.next() == "wait until 6.0")
    }

    // MARK: Requested

    @Test("a running job whose cancel is requested is cancelled")
    func requestedRunning() {
        var rig = WorkerRig.running("a b")
        rig.cancel("b")
        #expect(rig.next() == "cancel 1#1")
        #expect(rig.machine.cancelReason(slot: 1) == .requested)
    }

    @Test("a buffered job whose cancel is requested is given back: the store ends it")
    func requestedBuffered() {
        var rig = WorkerRig.claimed("a b c")
        _ = rig.next()
        rig.cancel("b")
        #expect(rig.next() == "settle b released")
        rig.finish(0)
        #expect(rig.ask(0) == "run c")
    }

    @Test("the cancel of a job that the worker does not have changes nothing")
    func requestedUnknown() {
        var rig = WorkerRig.running("a")
        rig.cancel("z")
        #expect(rig.next() == "wait")
    }

    @Test("the cancel of a job that has ended changes nothing")
    func requestedEnded() {
        var rig = WorkerRig.running("a")
        rig.finish(0)
        rig.cancel("a")
        #expect(rig.next() == "settle a succeeded")
    }

    // MARK: The slot's task

    @Test("after a job that was cancelled its slot goes on in a fresh task")
    func freshTask() {
        var rig = WorkerRig.running("a")
        rig.cancel("a")
        _ = rig.next()
        #expect(rig.finish(0, end: .released) == true)
    }

    @Test("a job that ended before its cancel reached its task leaves a task that must not be used again either")
    func freshTaskBeforeCancel() {
        var rig = WorkerRig.running("a")
        rig.cancel("a")
        #expect(rig.finish(0) == true)
        #expect(rig.machine.beginTask(slot: 0) == 2)
        _ = rig.ask(0)
        // The cancel names the task that is gone, so the shell leaves the new one alone.
        #expect(rig.next() == "cancel 0#1")
    }

    @Test("a cancel names the task that runs the job")
    func numbers() {
        var rig = WorkerRig.running("a")
        rig.cancel("a")
        _ = rig.next()
        rig.finish(0)
        #expect(rig.machine.beginTask(slot: 0) == 2)
        _ = rig.ask(0)
        #expect(rig.next() == "settle a succeeded; claim 1")
        rig.answer(claim: "b")
        _ = rig.next()
        rig.cancel("b")
        #expect(rig.next() == "cancel 0#2")
    }

    // MARK: Leases

    @Test("when a lease is lost, its running jobs are cancelled, and there is nothing to tell of them")
    func leaseLostRunning() {
        var rig = WorkerRig.running("a b")
        rig.lose(1)
        #expect(rig.next() == "cancel 0#1 1#1")
        #expect(rig.machine.cancelReason(slot: 0) == .leaseLost)
        rig.finish(0, end: nil)
        rig.finish(1, end: nil)
        #expect(rig.machine.settler.unsettled == 0)
        #expect(rig.next() == "wait")
    }

    @Test("a job that returned after its lease was lost leaves nothing to tell")
    func leaseLostReturned() {
        var rig = WorkerRig.running("a")
        rig.lose(1)
        _ = rig.next()
        rig.finish(0)
        #expect(rig.machine.settler.unsettled == 0)
        #expect(rig.next() == "wait")
    }

    @Test("when a lease is lost, its buffered jobs are dropped untold")
    func leaseLostBuffered() {
        var rig = WorkerRig.claimed("a b c")
        _ = rig.next()
        rig.lose(1)
        #expect(rig.machine.bufferedCount == 0)
        #expect(rig.next() == "cancel 0#1")
        #expect(rig.next() == "wait until 5.0")
    }

    @Test("a job whose lease has ended by the worker's own clock is not started, whoever notices first")
    func notStartedAfterLease() {
        var rig = WorkerRig.claimed("a b c")
        _ = rig.next()
        // The process stood still, and its heartbeat has not run since.
        rig.now = .seconds(30)
        rig.finish(0)
        #expect(rig.ask(0) == "wait")
        #expect(rig.machine.bufferedCount == 0)
        #expect(rig.machine.leases.tokens.isEmpty)
    }

    @Test("jobs whose claim was answered after their lease had ended are not started")
    func notStartedWhenLate() {
        var rig = WorkerRig()
        _ = rig.ask(0)
        _ = rig.next()
        rig.now = .seconds(30)
        rig.answer(claim: "a")
        #expect(!rig.next().hasPrefix("start"))
        #expect(rig.machine.bufferedCount == 0)
    }

    @Test("what was lost with a lease is told once: what ran and what was in the buffer, by whomever it was noticed")
    func leaseLostTold() {
        var rig = WorkerRig.claimed("a b c")
        _ = rig.next()
        #expect(rig.machine.takeJobsLost() == 0)
        rig.now = .seconds(30)
        rig.machine.endLeases(now: rig.now)
        rig.lose(1)
        #expect(rig.machine.takeJobsLost() == 3)
        #expect(rig.machine.takeJobsLost() == 0)
    }

    @Test("nothing is lost with a lease whose jobs have ended, and a solo job that waits is lost with its own")
    func leaseLostSolo() {
        var rig = WorkerRig.running("a")
        rig.finish(0)
        rig.lose(1)
        #expect(rig.machine.takeJobsLost() == 0)
        rig = WorkerRig.claimed("s!solo")
        rig.lose(1)
        #expect(rig.machine.takeJobsLost() == 1)
    }

    @Test("jobs of other leases go on")
    func leaseLostOthers() {
        var rig = WorkerRig(slots: 2)
        for name in ["a", "b"] {
            _ = rig.ask(name == "a" ? 0 : 1)
            _ = rig.next()
            rig.answer(claim: name)
            _ = rig.next()
        }
        rig.lose(2)
        #expect(rig.next() == "cancel 1#1")
        #expect(rig.machine.leases.tokens == [LeaseToken(1)])
    }

    @Test(
        "a lost lease outweighs the reason for which a job was cancelled before",
        arguments: [false, true]
    )
    func leaseLostOutweighs(stopped: Bool) {
        var rig = WorkerRig.running("a")
        if stopped { rig.machine.stop(now: .zero) } else { rig.cancel("a") }
        _ = rig.next()
        rig.lose(1)
        #expect(rig.machine.cancelReason(slot: 0) == .leaseLost)
        #expect(!rig.next().hasPrefix("cancel"))
    }

    @Test("no other reason outweighs the first", arguments: [false, true])
    func firstReasonHolds(timeoutFirst: Bool) {
        var rig = WorkerRig.running("a")
        rig.machine.setDeadline(.seconds(1), slot: 0)
        if timeoutFirst {
            rig.now = .seconds(1)
            _ = rig.next()
            rig.cancel("a")
        } else {
            rig.cancel("a")
            rig.now = .seconds(1)
        }
        _ = rig.next()
        rig.machine.stop(now: rig.now)
        #expect(rig.machine.cancelReason(slot: 0) == (timeoutFirst ? .timeout : .requested))
    }

    @Test("an end that was on its way when the lease was lost is told: the store knows whether it counts")
    func endedBeforeLoss() {
        var rig = WorkerRig.running("a")
        rig.finish(0)
        rig.lose(1)
        #expect(rig.next() == "settle a succeeded")
        #expect(rig.answer() == ["a"])
    }

    @Test("leases that nobody could extend are ended by the worker itself, in time")
    func endsLeases() {
        var rig = WorkerRig.claimed("a b")
        _ = rig.next()
        rig.machine.endLeases(now: .seconds(30) - .nanoseconds(1))
        #expect(rig.machine.cancelReason(slot: 0) == nil)
        rig.machine.endLeases(now: .seconds(30))
        #expect(rig.machine.cancelReason(slot: 0) == .leaseLost)
        #expect(rig.machine.bufferedCount == 0)
        #expect(rig.machine.leases.tokens.isEmpty)
    }

    @Test("an extended lease holds on")
    func extends() {
        var rig = WorkerRig.running("a")
        rig.machine.leasesExtended([LeaseToken(1)], lost: [], asked: .seconds(10), now: .seconds(11))
        rig.machine.endLeases(now: .seconds(39))
        #expect(rig.machine.cancelReason(slot: 0) == nil)
        #expect(rig.machine.leases.deadline == .seconds(40))
    }

    @Test("a job that was dropped with its lease may be claimed anew")
    func claimedAnew() {
        var rig = WorkerRig.claimed("a b")
        _ = rig.next()
        rig.lose(1)
        _ = rig.next()
        rig.finish(0, end: nil)
        _ = rig.machine.beginTask(slot: 0)
        _ = rig.ask(0)
        rig.machine.wake()
        #expect(rig.next() == "claim 1")
        rig.answer(claim: "b")
        #expect(rig.next() == "start b@0")
    }

    // MARK: Stuck jobs

    @Test("a job that still runs five seconds after its cancel is reported once")
    func stuck() {
        var rig = WorkerRig.running("a")
        rig.now = .seconds(1)
        rig.cancel("a")
        _ = rig.next()
        #expect(rig.next() == "wait until 6.0")
        rig.now = .seconds(7)
        #expect(rig.next() == "stuck a 6.0")
        #expect(rig.next() == "wait")
        rig.now = .seconds(60)
        #expect(rig.next() == "wait")
    }

    @Test("a job that ends in time is not reported")
    func notStuck() {
        var rig = WorkerRig.running("a")
        rig.cancel("a")
        _ = rig.next()
        rig.finish(0)
        rig.now = .seconds(60)
        #expect(rig.nextAll().first == "settle a succeeded")
    }

    @Test("a stuck job is reported while the worker drains, too")
    func stuckWhileDraining() {
        var rig = WorkerRig.running("a")
        rig.machine.stop(now: .zero)
        #expect(rig.next() == "cancel 0#1")
        rig.now = .seconds(5)
        #expect(rig.next() == "stuck a 5.0")
    }
}
