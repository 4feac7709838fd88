import RoostCore
import Testing

@Suite("The claims of a worker that are under way")
struct ClaimCallsTests {
    private let calls = ClaimCalls()
    private let worker = WorkerID(1)
    private let other = WorkerID(2)

    private func begin() throws -> ClaimCalls.Call {
        try #require(calls.begin(worker))
    }

    private func succeed(_ token: Int64?) throws {
        calls.succeeded(worker, try begin(), token.map { LeaseToken($0) })
    }

    private func fail() throws {
        calls.failed(worker, try begin())
    }

    /// - Parameter calls: how many came before.
    private func lost(after: Int64, known: Int64..., calls: Int) -> ClaimCalls.Lost {
        ClaimCalls.Lost(number: calls + 1, after: LeaseToken(after), known: known.map { LeaseToken($0) })
    }

    @Test("leave nothing to give back where all are answered")
    func answered() throws {
        try succeed(5)
        try succeed(nil)
        #expect(calls.beginGivingBack(worker) == nil)
    }

    @Test("leave what came after the last that was known, where one is not answered; once")
    func lost() throws {
        try succeed(5)
        try succeed(nil)
        try fail()
        #expect(calls.beginGivingBack(other) == nil)
        #expect(calls.beginGivingBack(worker) == lost(after: 5, calls: 3))
        #expect(calls.beginGivingBack(worker) == nil, "it is under way")
        calls.endGivingBack(worker, isDone: true)
        #expect(calls.beginGivingBack(worker) == nil)
        #expect(calls.begin(worker) != nil)
    }

    @Test("leave all where the first is not answered")
    func first() throws {
        try fail()
        #expect(calls.beginGivingBack(worker) == lost(after: 0, calls: 1))
    }

    @Test("are given back again where that failed")
    func again() throws {
        try fail()
        #expect(calls.beginGivingBack(worker) != nil)
        calls.endGivingBack(worker, isDone: false)
        #expect(calls.begin(worker) == nil)
        #expect(calls.beginGivingBack(worker) == lost(after: 0, calls: 2), "by another call: the first may come late")
    }

    @Test("begin none before lost ones are given back, and give none back while others are under way")
    func apart() throws {
        let call = try begin()
        try fail()
        #expect(calls.beginGivingBack(worker) == nil, "it would take the other for a lost one")
        #expect(calls.begin(worker) == nil, "it would be taken for a lost one")
        #expect(calls.begin(other) != nil)
        calls.succeeded(worker, call, LeaseToken(9))
        #expect(calls.beginGivingBack(worker) == lost(after: 0, known: 9, calls: 2))
        #expect(calls.begin(worker) == nil)
        calls.endGivingBack(worker, isDone: true)
        #expect(calls.begin(worker) != nil)
    }

    @Test("leave what one of several may have been handed out, whichever was answered before it")
    func several() throws {
        try succeed(5)
        let calls = [try begin(), try begin(), try begin()]
        self.calls.succeeded(worker, calls[2], LeaseToken(8))
        try succeed(9)
        self.calls.failed(worker, calls[1])
        self.calls.succeeded(worker, calls[0], LeaseToken(6))
        #expect(self.calls.beginGivingBack(worker) == lost(after: 5, known: 8, 9, 6, calls: 5))
    }

    @Test("remember no tokens but those that one under way may be told from")
    func forgetsTokens() throws {
        try succeed(5)
        var call = try begin()
        for token in 6..<100 as Range<Int64> {
            let next = try begin()
            calls.succeeded(worker, call, LeaseToken(token))
            call = next
        }
        calls.failed(worker, call)
        #expect(calls.beginGivingBack(worker) == lost(after: 98, known: 99, calls: 96))
    }

    @Test("follow another worker's where tokens are missing that none under way of this one may have")
    func following() throws {
        let first = try begin()
        #expect(!calls.followsOther(worker, LeaseToken(1)))
        calls.succeeded(worker, first, LeaseToken(1))
        let two = (try begin(), try begin())
        #expect(!calls.followsOther(worker, LeaseToken(3)), "the other one has 2")
        calls.succeeded(worker, two.1, LeaseToken(3))
        #expect(!calls.followsOther(worker, LeaseToken(2)))
        calls.succeeded(worker, two.0, LeaseToken(2))
        let last = (try begin(), try begin())
        #expect(calls.followsOther(worker, LeaseToken(6)), "one of 4 and 5 is another's")
        calls.succeeded(worker, last.0, LeaseToken(6))
        #expect(!calls.followsOther(worker, LeaseToken(7)))
        #expect(calls.followsOther(worker, LeaseToken(8)))
    }

    @Test("are forgotten with their worker")
    func forgotten() throws {
        try fail()
        calls.forget(worker)
        #expect(calls.beginGivingBack(worker) == nil)
    }
}
