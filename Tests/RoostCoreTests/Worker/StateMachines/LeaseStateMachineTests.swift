import Testing

@testable import RoostCore

@Suite("LeaseStateMachine")
struct LeaseStateMachineTests {
    private var leases = LeaseStateMachine(duration: .seconds(30))

    private mutating func add(_ token: Int64, jobs: Int = 1, asked: Duration = .zero) {
        leases.add(LeaseToken(token), jobs: jobs, asked: asked)
    }

    private mutating func extend(_ tokens: [Int64], lost: [Int64] = [], asked: Duration) {
        leases.extended(tokens.map(LeaseToken.init), lost: lost.map(LeaseToken.init), asked: asked)
    }

    private var tokens: [Int64] { leases.tokens.map(\.number) }

    @Test("there are no leases at first")
    mutating func empty() {
        #expect(tokens.isEmpty)
        #expect(leases.deadline == nil)
        #expect(leases.takeEnded(now: .seconds(1000)).isEmpty)
    }

    @Test("a lease ends its duration after the claim was sent")
    mutating func ends() {
        add(1, asked: .seconds(5))
        #expect(leases.deadline == .seconds(35))
    }

    @Test("the deadline is that of the lease that ends first")
    mutating func firstDeadline() {
        add(1, asked: .seconds(5))
        add(2, asked: .seconds(3))
        #expect(leases.deadline == .seconds(33))
    }

    @Test("a lease is over when all its jobs are settled, and not before")
    mutating func closes() {
        add(1, jobs: 2)
        leases.close(LeaseToken(1))
        #expect(tokens == [1])
        leases.close(LeaseToken(1))
        #expect(tokens.isEmpty)
    }

    @Test("closing a job of an unknown lease changes nothing")
    mutating func closesUnknown() {
        add(1)
        leases.close(LeaseToken(9))
        #expect(tokens == [1])
    }

    @Test("an extended lease ends its duration after the extension was sent")
    mutating func extends() {
        add(1)
        extend([1], asked: .seconds(10))
        #expect(leases.deadline == .seconds(40))
    }

    @Test("a lease that was made while the extension was on its way is not extended by it")
    mutating func madeMeanwhile() {
        add(1)
        add(2, asked: .seconds(9))
        extend([1], asked: .seconds(10))
        #expect(leases.deadline == .seconds(39))
    }

    @Test("a lost lease is forgotten, the others are extended")
    mutating func lost() {
        add(1)
        add(2)
        extend([1, 2], lost: [1], asked: .seconds(10))
        #expect(tokens == [2])
        #expect(leases.deadline == .seconds(40))
    }

    @Test("a lease that was settled meanwhile may be extended or lost: nothing changes")
    mutating func unknownTokens() {
        add(3)
        extend([1, 2, 3], lost: [2], asked: .zero)
        #expect(tokens == [3])
    }

    @Test("a lease has ended at its deadline, not before")
    mutating func takesEnded() {
        add(1, asked: .zero)
        add(2, asked: .seconds(1))
        #expect(leases.takeEnded(now: .seconds(30) - .nanoseconds(1)).isEmpty)
        #expect(leases.takeEnded(now: .seconds(30)) == [LeaseToken(1)])
        #expect(tokens == [2])
    }

    @Test("a lease that ended is told once")
    mutating func toldOnce() {
        add(1)
        _ = leases.takeEnded(now: .seconds(30))
        #expect(leases.takeEnded(now: .seconds(60)).isEmpty)
    }

    @Test("leases that ended at once are told in the order of their tokens")
    mutating func toldInOrder() {
        for token in 1...5 { add(Int64(token), asked: .seconds(5 - token)) }
        #expect(leases.takeEnded(now: .seconds(60)).map(\.number) == [1, 2, 3, 4, 5])
    }
}
