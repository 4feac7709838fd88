import Testing

@testable import RoostCore

/// Claiming, starting and settling: what a worker does while nothing goes wrong.
@Suite("WorkerStateMachine")
struct WorkerStateMachineTests {
    // MARK: Claiming

    @Test("a worker whose slots are not ready yet claims nothing")
    func notReady() {
        var rig = WorkerRig(slots: 2)
        #expect(rig.next() == "wait")
    }

    @Test("it claims for the slots that wait", arguments: [1, 2, 5])
    func claimsForWaiting(waiting: Int) {
        var rig = WorkerRig(slots: 5)
        for slot in 0..<waiting { #expect(rig.ask(slot) == "wait") }
        #expect(rig.next() == "claim \(waiting)")
    }

    @Test("a slot that will ask again is not given a job behind its back")
    func mayNotWait() {
        var rig = WorkerRig(slots: 1)
        #expect(rig.ask(0, mayWait: false) == "wait")
        #expect(rig.next() == "wait")
    }

    @Test("while an exchange is on its way there is no other")
    func oneExchange() {
        var rig = WorkerRig(slots: 2)
        _ = rig.ask(0)
        #expect(rig.next() == "claim 1")
        _ = rig.ask(1)
        #expect(rig.next() == "wait")
    }

    @Test("a claim asks for solo jobs too")
    func allowsSolo() {
        var rig = WorkerRig()
        _ = rig.ask(0)
        guard case .exchange(_, _, let demand) = rig.machine.next(now: .zero) else {
            Issue.record("no exchange")
            return
        }
        #expect(demand == WorkerStateMachine.ClaimDemand(limit: 1, allowsSolo: true))
    }

    @Test("a claim that found nothing is followed by a sleep until the poll")
    func sleepsUntilPoll() {
        var rig = WorkerRig.claimed("")
        #expect(rig.next() == "wait until 1.0")
        rig.now = .seconds(1)
        #expect(rig.next() == "claim 1")
    }

    @Test("a claim that the store cut short is followed by another at once", arguments: [true, false])
    func cutShort(isCut: Bool) {
        var rig = WorkerRig(slots: 2)
        for slot in 0..<2 { _ = rig.ask(slot) }
        #expect(rig.next() == "claim 2")
        rig.answer(claim: "a", isCut: isCut)
        #expect(rig.nextAll().contains("claim 1") == isCut)
    }

    @Test("a wake-up ends the sleep")
    func wakes() {
        var rig = WorkerRig.claimed("")
        _ = rig.next()
        rig.machine.wake()
        #expect(rig.next() == "claim 1")
    }

    @Test("a wake-up during a claim is not lost")
    func wakeDuringClaim() {
        var rig = WorkerRig()
        _ = rig.ask(0)
        _ = rig.next()
        rig.machine.wake()
        rig.answer(claim: "")
        #expect(rig.next() == "claim 1")
    }

    @Test("it looks again when the next job is due")
    func nextDue() {
        var rig = WorkerRig()
        _ = rig.ask(0)
        _ = rig.next()
        rig.answer(claim: "", nextDue: .milliseconds(250))
        #expect(rig.next() == "wait until 0.25")
    }

    @Test("a worker all of whose slots are busy does not poll")
    func busyDoesNotPoll() {
        var rig = WorkerRig.running("a")
        #expect(rig.next() == "wait")
    }

    @Test("a store that answers a claim with no claim handed out nothing")
    func noClaimInAnswer() {
        var rig = WorkerRig()
        _ = rig.ask(0)
        _ = rig.next()
        rig.answer()
        #expect(rig.next() == "wait until 1.0")
    }

    // MARK: Starting

    @Test("claimed jobs are started in order, in the slots that wait")
    func starts() {
        var rig = WorkerRig.claimed("a b", slots: 3)
        #expect(rig.next() == "start a@0 b@1")
        #expect(rig.runningNames == ["a", "b"])
    }

    @Test("jobs for which no slot waits stay in the buffer, and slots take them as they ask")
    func buffered() {
        var rig = WorkerRig.claimed("a b c")
        #expect(rig.next() == "start a@0")
        #expect(rig.machine.bufferedCount == 2)
        rig.finish(0)
        #expect(rig.ask(0, mayWait: false) == "run b")
        rig.finish(0)
        #expect(rig.ask(0, mayWait: false) == "run c")
        #expect(rig.machine.bufferedCount == 0)
    }

    @Test("a job is started once")
    func startsOnce() {
        var rig = WorkerRig.claimed("a", slots: 2)
        #expect(rig.next() == "start a@0")
        #expect(rig.ask(1, mayWait: false) == "wait")
    }

    @Test("a busy worker claims for its buffer too, when that is half empty")
    func fillsBuffer() {
        var rig = WorkerRig.busy()
        rig.machine.wake()
        #expect(rig.next() == "claim 101")
        rig.answer(claim: (0..<101).map { "b\($0)" }.joined(separator: " "))
        #expect(rig.next() == "start b0@0")
        for number in 1...49 {
            rig.finish(0)
            #expect(rig.ask(0, mayWait: false) == "run b\(number)")
        }
        #expect(rig.machine.bufferedCount == 51)
        #expect(!rig.next().contains("claim"))
        rig.answer()
        rig.finish(0)
        #expect(rig.ask(0, mayWait: false) == "run b50")
        #expect(rig.next() == "settle b49 succeeded; claim 50")
    }

    // MARK: Settling

    @Test("an end is told at once, together with the next claim")
    func settlesAndClaims() {
        var rig = WorkerRig.running("a")
        rig.finish(0)
        _ = rig.ask(0)
        #expect(rig.next() == "settle a succeeded; claim 1")
    }

    @Test("what ends during an exchange is told by the next one, all of it and in order")
    func naturalBatching() {
        var rig = WorkerRig.running("a b c")
        rig.finish(0)
        #expect(rig.next() == "settle a succeeded")
        rig.finish(2)
        rig.finish(1)
        #expect(rig.next() == "wait")
        #expect(rig.answer() == ["a"])
        #expect(rig.next() == "settle c succeeded, b succeeded")
    }

    @Test("an idle worker tells an end without waiting for more")
    func settlesAtOnce() {
        var rig = WorkerRig.running("a b")
        rig.finish(1)
        #expect(rig.next() == "settle b succeeded")
    }

    @Test("a slot without a job has no end to tell")
    func finishedWithoutJob() {
        var rig = WorkerRig()
        #expect(rig.finish(0) == false)
        #expect(rig.next() == "wait")
    }

    @Test("a job that was not cancelled leaves its slot's task in use")
    func taskStays() {
        var rig = WorkerRig.running("a")
        #expect(rig.finish(0) == false)
    }

    // MARK: Verdicts

    @Test(
        "a job with another verdict than to run is settled unrun",
        arguments: [
            ("a!expired", "a expired"), ("a!revoked", "a cancelled(revoked)"), ("a!poison", "a failed(poison)"),
        ]
    )
    func verdicts(job: String, end: String) {
        var rig = WorkerRig.claimed(job)
        #expect(rig.next() == "settle \(end); claim 1")
    }

    @Test("jobs that may run are started beside those that may not")
    func mixedVerdicts() {
        var rig = WorkerRig.claimed("a!expired b c!revoked d", slots: 2)
        #expect(rig.next() == "start b@0 d@1")
        #expect(rig.next() == "settle a expired, c cancelled(revoked)")
    }

    @Test("a job that ends unrun has its event and says why")
    func unrunEvents() throws {
        let expired = try #require(WorkerStateMachine.entry(endingUnrun: ClaimedJob("a", verdict: .expired)))
        #expect(expired.event is JobExpired)
        let revoked = try #require(WorkerStateMachine.entry(endingUnrun: ClaimedJob("a", verdict: .revoked)))
        #expect((revoked.event as? JobCancelled)?.reason == "the job, or its kind, was revoked")
        let poison = try #require(WorkerStateMachine.entry(endingUnrun: ClaimedJob("a", verdict: .poison, crashes: 3)))
        #expect((poison.event as? JobFailed)?.failure.message.hasPrefix("its process ended 3 times") == true)
        let unreadable = try #require(WorkerStateMachine.entry(endingUnrun: ClaimedJob("a", verdict: .unreadable)))
        #expect((unreadable.event as? JobFailed)?.failure.reason == .undecodable)
        #expect(WorkerStateMachine.entry(endingUnrun: ClaimedJob("a")) == nil)
    }

    @Test("a job that ends unrun is charged no attempt")
    func unrunIsNotCharged() {
        for verdict in [ClaimedJob.Verdict.expired, .revoked, .poison, .unreadable] {
            #expect(WorkerStateMachine.entry(endingUnrun: ClaimedJob("a", verdict: verdict))?.item.startedAt == nil)
        }
    }

    // MARK: Leases

    @Test("a claim that handed out jobs is a lease until they are settled")
    func lease() {
        var rig = WorkerRig.running("a b")
        #expect(rig.machine.leases.tokens == [LeaseToken(1)])
        rig.finish(0)
        _ = rig.next()
        rig.finish(1)
        rig.answer()
        #expect(rig.machine.leases.tokens == [LeaseToken(1)])
        _ = rig.next()
        rig.answer()
        #expect(rig.machine.leases.tokens.isEmpty)
    }

    @Test("a claim that handed out nothing is no lease")
    func noLease() {
        #expect(WorkerRig.claimed("").machine.leases.tokens.isEmpty)
    }

    @Test("a lease is counted from before the claim was sent")
    func leaseCountedFromAsking() {
        var rig = WorkerRig()
        _ = rig.ask(0)
        _ = rig.next()
        rig.now = .seconds(4)
        rig.answer(claim: "a")
        #expect(rig.machine.leases.deadline == .seconds(30))
    }
}
