import Testing

@testable import RoostCore

@Suite("Waits for outcomes")
struct OutcomeWaitsTests {
    private let first = JobID()
    private let second = JobID()

    private func expect(_ waits: inout OutcomeWaits, toAskFor jobs: [JobID], _ at: SourceLocation = #_sourceLocation) {
        let found = waits.jobsToAskFor()
        #expect(found == jobs, sourceLocation: at)
    }

    private func expectEnd(
        _ waits: inout OutcomeWaits,
        of job: JobID,
        tickets: [Int],
        _ at: SourceLocation = #_sourceLocation
    ) {
        let found = waits.end(job)
        #expect(found == tickets, sourceLocation: at)
    }

    private func expectExpired(
        _ waits: inout OutcomeWaits,
        at now: Duration,
        tickets: [Int],
        _ at: SourceLocation = #_sourceLocation
    ) {
        let found = waits.expire(now: now).map(\.ticket)
        #expect(found == tickets, sourceLocation: at)
    }

    @Test("name each job once, in the order in which it was first waited for")
    func order() {
        var waits = OutcomeWaits()
        waits.add(1, for: first, timeout: nil, now: .zero)
        waits.add(2, for: second, timeout: nil, now: .zero)
        waits.add(3, for: first, timeout: nil, now: .zero)
        expect(&waits, toAskFor: [first, second])
        expectEnd(&waits, of: first, tickets: [1, 3])
        // An end is told once.
        expectEnd(&waits, of: first, tickets: [])
        expect(&waits, toAskFor: [second])
        waits.add(4, for: first, timeout: nil, now: .zero)
        expect(&waits, toAskFor: [second, first])
        #expect(!waits.isEmpty)
        expectEnd(&waits, of: first, tickets: [4])
        expectEnd(&waits, of: second, tickets: [2])
        #expect(waits.isEmpty)
        expect(&waits, toAskFor: [])
    }

    @Test("that are given up leave the others of their job")
    func givenUp() {
        var waits = OutcomeWaits()
        waits.add(1, for: first, timeout: nil, now: .zero)
        waits.add(2, for: first, timeout: nil, now: .zero)
        let removals = [waits.remove(1), waits.remove(1)]
        #expect(removals == [true, false])
        expect(&waits, toAskFor: [first])
        // The third never began.
        let others = [waits.remove(2), waits.remove(3)]
        #expect(others == [true, false])
        expect(&waits, toAskFor: [])
    }

    @Test("are over when their time is up, each by its own")
    func timeout() {
        var waits = OutcomeWaits()
        waits.add(1, for: first, timeout: .seconds(5), now: .seconds(10))
        waits.add(2, for: second, timeout: nil, now: .seconds(10))
        waits.add(3, for: first, timeout: .seconds(2), now: .seconds(11))
        #expect(waits.deadline == .seconds(13))
        expectExpired(&waits, at: .seconds(12), tickets: [])
        let early = waits.expire(now: .seconds(13))
        #expect(early.map(\.ticket) == [3])
        #expect(early.map(\.error) == [JobWaitTimeout(job: first, waited: .seconds(2))])
        #expect(waits.deadline == .seconds(15))
        expectExpired(&waits, at: .seconds(99), tickets: [1])
        #expect(waits.deadline == nil)
        // Without a timeout it waits on.
        expect(&waits, toAskFor: [second])
    }

    @Test("whose job has ended do not expire, though their deadline is looked at once more")
    func endedBefore() {
        var waits = OutcomeWaits()
        waits.add(1, for: first, timeout: .seconds(1), now: .zero)
        expectEnd(&waits, of: first, tickets: [1])
        expectExpired(&waits, at: .seconds(1), tickets: [])
        #expect(waits.deadline == nil)
    }

    @Test("remember which jobs the store was seen to have, until nobody waits for them")
    func known() {
        var waits = OutcomeWaits()
        waits.add(1, for: first, timeout: nil, now: .zero)
        waits.add(2, for: second, timeout: nil, now: .zero)
        #expect(waits.unknown(of: [first, second]) == [first, second])
        waits.markKnown(first)
        waits.add(3, for: first, timeout: nil, now: .zero)
        #expect(waits.unknown(of: [first, second]) == [second])
        _ = waits.end(first)
        #expect(waits.unknown(of: [first, second]) == [second], "nobody waits for the first")
        waits.add(4, for: first, timeout: nil, now: .zero)
        #expect(waits.unknown(of: [first]) == [first])
    }
}
