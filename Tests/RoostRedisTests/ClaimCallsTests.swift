import RoostCore
import Testing

@testable import RoostRedis

@Suite("The claims of a worker that are under way")
struct ClaimCallsTests {
    private let calls = ClaimCalls()
    private let worker = WorkerID(1)
    private let other = WorkerID(2)

    private func succeed(_ token: Int64?) {
        #expect(calls.begin(worker))
        calls.succeeded(worker, token.map { LeaseToken($0) })
    }

    private func fail() {
        #expect(calls.begin(worker))
        calls.failed(worker)
    }

    @Test("leave nothing to give back where all are answered")
    func answered() {
        succeed(5)
        succeed(nil)
        #expect(calls.beginGivingBack(worker) == nil)
    }

    @Test("leave what came after the last that is known, where one is not answered; once")
    func lost() {
        succeed(5)
        succeed(nil)
        fail()
        fail()
        #expect(calls.beginGivingBack(other) == nil)
        #expect(calls.beginGivingBack(worker) == LeaseToken(5))
        #expect(calls.beginGivingBack(worker) == nil, "it is under way")
        calls.endGivingBack(worker, isDone: true)
        #expect(calls.beginGivingBack(worker) == nil)
    }

    @Test("leave all where the first is not answered")
    func first() {
        fail()
        #expect(calls.beginGivingBack(worker) == LeaseToken(0))
    }

    @Test("are given back again where that failed")
    func again() {
        fail()
        #expect(calls.beginGivingBack(worker) != nil)
        calls.endGivingBack(worker, isDone: false)
        #expect(calls.beginGivingBack(worker) == LeaseToken(0))
    }

    @Test("begin none while lost ones are given back, and give none back while others are under way")
    func apart() {
        fail()
        #expect(calls.begin(worker))
        #expect(calls.beginGivingBack(worker) == nil, "it would take the other for a lost one")
        calls.succeeded(worker, LeaseToken(9))
        #expect(calls.beginGivingBack(worker) == LeaseToken(9))
        #expect(!calls.begin(worker))
        #expect(calls.begin(other))
        calls.endGivingBack(worker, isDone: true)
        #expect(calls.begin(worker))
    }

    @Test("are forgotten with their worker")
    func forgotten() {
        fail()
        calls.forget(worker)
        #expect(calls.beginGivingBack(worker) == nil)
    }
}
