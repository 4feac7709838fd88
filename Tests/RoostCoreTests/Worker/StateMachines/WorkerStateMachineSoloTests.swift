import Testing

@testable import RoostCore

/// Jobs that crashed their process before, and must run alone.
@Suite("WorkerStateMachine with a solo job")
struct WorkerStateMachineSoloTests {
    /// A rig to which a claim has handed out the solo job `s`, which is about to start.
    private func soloThatWaits() -> WorkerRig {
        var rig = WorkerRig()
        _ = rig.ask(0)
        _ = rig.next()
        rig.answer(claim: "s!solo")
        return rig
    }

    /// A rig where `a` runs in slot 0, slot 1 waits, and a claim has handed out the solo job `s`.
    private func soloBesideRunning() -> WorkerRig {
        var rig = WorkerRig(slots: 2, lease: .seconds(300))
        _ = rig.ask(0)
        _ = rig.next()
        rig.answer(claim: "a")
        _ = rig.next()
        _ = rig.ask(1)
        _ = rig.next()
        rig.answer(claim: "s!solo")
        return rig
    }

    @Test("a solo job starts at once where nothing else runs")
    func alone() {
        var rig = WorkerRig.claimed("s!solo", slots: 2)
        #expect(rig.next() == "start s@0")
    }

    @Test("a solo job that comes while others run is given back, and claimed by itself when what runs is settled")
    func waitsForOthers() {
        var rig = soloBesideRunning()
        #expect(rig.next() == "settle s released")
        rig.answer()
        #expect(rig.next() == "wait until 10.0")
        rig.finish(0)
        #expect(rig.ask(0) == "wait")
        #expect(rig.next() == "settle a succeeded")
        #expect(rig.next() == "wait")
        rig.answer()
        #expect(rig.next() == "claim 1")
        rig.answer(claim: "s!solo")
        #expect(rig.next() == "start s@0")
    }

    @Test("where another worker has taken the solo job meanwhile, work goes on as before")
    func takenByOthers() {
        var rig = soloBesideRunning()
        _ = rig.next()
        rig.answer()
        rig.finish(0)
        _ = rig.ask(0)
        _ = rig.next()
        rig.answer()
        #expect(rig.next() == "claim 1")
        rig.answer(claim: "b")
        #expect(rig.nextAll() == ["start b@0", "claim 1", "wait"])
    }

    @Test("a slot that asks gets the solo job, once it may run")
    func slotAsks() {
        var rig = WorkerRig()
        _ = rig.ask(0)
        _ = rig.next()
        rig.answer(claim: "s!solo")
        #expect(rig.ask(0) == "run s")
    }

    @Test("until then nothing is claimed; but what takes too long is not waited for, and others are claimed meanwhile")
    func waitingBlocksClaims() {
        var rig = soloBesideRunning()
        _ = rig.next()
        rig.answer()
        rig.machine.wake()
        rig.now = .seconds(9)
        #expect(rig.next() == "wait until 10.0")
        rig.now = .seconds(10)
        #expect(rig.next() == "claim 1 without solo")
        rig.answer(claim: "b")
        #expect(rig.next() == "start b@1")
        rig.finish(1)
        _ = rig.ask(1)
        #expect(rig.next() == "settle b succeeded; claim 1 without solo")
        rig.answer(claim: "")
        rig.machine.wake()
        rig.now = .seconds(70)
        #expect(rig.next() == "claim 1")
    }

    @Test("while a solo job runs, nothing is claimed or started")
    func runningBlocksClaims() {
        var rig = WorkerRig.claimed("s!solo", slots: 2)
        _ = rig.next()
        rig.machine.wake()
        rig.now = .seconds(20)
        #expect(rig.ask(1) == "wait")
        #expect(rig.next() == "wait")
    }

    @Test("what is in the buffer when a solo job comes is given back, and so is that job")
    func releasesBuffer() {
        var rig = WorkerRig.claimed("a b c s!solo")
        #expect(rig.next() == "settle s released, a released, b released, c released")
        rig.answer()
        #expect(rig.next() == "claim 1")
    }

    @Test("after a solo job, which came alone, the worker looks for others at once")
    func claimsAfterwards() {
        var rig = WorkerRig.claimed("s!solo", slots: 2)
        _ = rig.next()
        rig.finish(0)
        _ = rig.ask(0)
        #expect(rig.next() == "settle s succeeded; claim 2")
    }

    @Test("a solo job with another verdict than to run is settled as any other")
    func verdict() {
        var rig = WorkerRig(slots: 2)
        for slot in 0..<2 { _ = rig.ask(slot) }
        _ = rig.next()
        var job = ClaimedJob("s", verdict: .poison, isSolo: true)
        job.crashes = 3
        _ = rig.complete(
            ExchangeAnswer(claim: Claim(token: LeaseToken(1), jobs: [job]), now: Timestamp(microseconds: 0))
        )
        #expect(rig.next().hasPrefix("settle s failed(poison)"))
    }

    @Test("a solo job that waits is given back when the worker drains")
    func drain() {
        var rig = soloThatWaits()
        rig.machine.drain(until: .seconds(10))
        #expect(rig.nextAll().contains("settle s released"))
    }

    @Test("a solo job that runs may end while the worker drains")
    func drainWhileRunning() {
        var rig = WorkerRig.claimed("s!solo")
        _ = rig.next()
        rig.machine.drain(until: .seconds(10))
        #expect(rig.next() == "wait until 10.0")
        rig.finish(0)
        #expect(rig.next() == "settle s succeeded")
    }

    @Test("a solo job that waits and whose cancel is requested is given back: the store ends it")
    func cancelWhileWaiting() {
        var rig = soloThatWaits()
        rig.cancel("s")
        #expect(rig.next().hasPrefix("settle s released"))
    }

    @Test("a solo job that runs and whose cancel is requested is cancelled")
    func cancelWhileRunning() {
        var rig = WorkerRig.claimed("s!solo")
        _ = rig.next()
        rig.cancel("s")
        #expect(rig.next() == "cancel 0#1")
    }

    @Test("a solo job that waits and whose lease is lost is dropped, and claims go on")
    func leaseLostWhileWaiting() {
        var rig = soloThatWaits()
        rig.lose(rig.lastToken)
        rig.machine.wake()
        #expect(rig.next() == "claim 1")
    }

    @Test("a solo job that runs and whose lease is lost blocks claims until it has ended")
    func leaseLostWhileRunning() {
        var rig = WorkerRig.claimed("s!solo", slots: 2)
        _ = rig.next()
        rig.lose(1)
        #expect(rig.next() == "cancel 0#1")
        rig.machine.wake()
        #expect(!rig.next().contains("claim"))
        #expect(rig.finish(0, end: nil) == true)
        #expect(rig.next().hasPrefix("claim"))
    }
}
