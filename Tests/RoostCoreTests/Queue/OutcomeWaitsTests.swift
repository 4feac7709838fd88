import Testing

@testable import RoostCore

@Suite("Waits for outcomes")
struct OutcomeWaitsTests {
    private let first = JobID()
    private let second = JobID()

    private func add(
        _ waits: inout OutcomeWaits,
        _ ticket: Int,
        _ job: JobID,
        _ timeout: Duration? = nil,
        at: Duration = .zero
    ) {
        _ = waits.add(ticket, for: job, timeout: timeout, now: at)
    }

    /// Has it look, at `now`, at `jobs`.
    private func look(
        _ waits: inout OutcomeWaits,
        at jobs: [JobID],
        sweeps: Bool = false,
        failed: Bool = false,
        now: Duration = .zero,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let step = waits.next(now: now)
        #expect(step == .look(jobs, sweeps: sweeps), sourceLocation: location)
        waits.looked(at: jobs, failed: failed, sweeps: sweeps, now: now)
    }

    private func expectNext(
        _ waits: inout OutcomeWaits,
        _ step: OutcomeWaits.Step,
        now: Duration = .zero,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let next = waits.next(now: now)
        #expect(next == step, sourceLocation: location)
    }

    private func expectEnd(
        _ waits: inout OutcomeWaits,
        of job: JobID,
        tickets: [Int],
        _ location: SourceLocation = #_sourceLocation
    ) {
        let found = waits.end(job)
        #expect(found == tickets, sourceLocation: location)
    }

    private func expectExpired(
        _ waits: inout OutcomeWaits,
        at now: Duration,
        tickets: [Int],
        _ location: SourceLocation = #_sourceLocation
    ) {
        let found = waits.expire(now: now).map(\.ticket)
        #expect(found == tickets, sourceLocation: location)
    }

    // MARK: Who waits

    @Test("name each job once, in the order in which it was first waited for")
    func order() {
        var waits = OutcomeWaits(lingers: false)
        add(&waits, 1, first)
        add(&waits, 2, second)
        add(&waits, 3, first)
        look(&waits, at: [first, second])
        expectEnd(&waits, of: first, tickets: [1, 3])
        // An end is told once.
        expectEnd(&waits, of: first, tickets: [])
        waits.rung()
        look(&waits, at: [second])
        add(&waits, 4, first)
        look(&waits, at: [second, first])
        expectEnd(&waits, of: first, tickets: [4])
        expectEnd(&waits, of: second, tickets: [2])
        expectNext(&waits, .end)
    }

    @Test("that are given up leave the others of their job")
    func givenUp() {
        var waits = OutcomeWaits(lingers: false)
        add(&waits, 1, first)
        add(&waits, 2, first)
        let removals = [waits.remove(1), waits.remove(1)]
        #expect(removals == [true, false])
        look(&waits, at: [first])
        // The third never began.
        let others = [waits.remove(2), waits.remove(3)]
        #expect(others == [true, false])
        expectNext(&waits, .end)
    }

    @Test("are over when their time is up, each by its own, and not before one look at their job")
    func timeout() {
        var waits = OutcomeWaits(lingers: false)
        add(&waits, 1, first, .seconds(4))
        add(&waits, 2, second)
        expectExpired(&waits, at: .seconds(9), tickets: [])
        look(&waits, at: [first, second])
        add(&waits, 3, first, .seconds(2), at: .seconds(1))
        look(&waits, at: [first, second], now: .seconds(1))
        expectNext(&waits, .wait(until: .seconds(3)), now: .seconds(1))
        let early = waits.expire(now: .seconds(3))
        #expect(early.map(\.ticket) == [3])
        #expect(early.map(\.error) == [JobWaitTimeout(job: first, waited: .seconds(2))])
        expectNext(&waits, .wait(until: .seconds(4)), now: .seconds(3))
        expectExpired(&waits, at: .seconds(99), tickets: [1])
        // Without a timeout it waits on.
        look(&waits, at: [second], sweeps: true, now: .seconds(99))
    }

    @Test("are over in time also while the store does not answer")
    func timeoutWhileLooking() {
        var waits = OutcomeWaits(lingers: false)
        add(&waits, 1, first, .seconds(3))
        look(&waits, at: [first])
        waits.rung()
        expectNext(&waits, .look([first], sweeps: false), now: .seconds(1))
        expectNext(&waits, .wait(until: .seconds(3)), now: .seconds(1))
        expectExpired(&waits, at: .seconds(3), tickets: [1])
        expectNext(&waits, .wait(until: nil), now: .seconds(3))
        waits.looked(at: [first], failed: false, sweeps: false, now: .seconds(60))
        expectNext(&waits, .end, now: .seconds(60))
    }

    @Test("whose job has ended do not expire, though their deadline is looked at once more")
    func endedBefore() {
        var waits = OutcomeWaits(lingers: true)
        add(&waits, 1, first, .seconds(1))
        look(&waits, at: [first])
        expectEnd(&waits, of: first, tickets: [1])
        expectExpired(&waits, at: .seconds(1), tickets: [])
        expectNext(&waits, .wait(until: .seconds(5)), now: .seconds(1))
    }

    @Test("remember which jobs the store was seen to have, until nobody waits for them")
    func known() {
        var waits = OutcomeWaits(lingers: false)
        add(&waits, 1, first)
        add(&waits, 2, second)
        #expect(waits.unknown(of: [first, second]) == [first, second])
        waits.markKnown(first)
        add(&waits, 3, first)
        #expect(waits.unknown(of: [first, second]) == [second])
        expectEnd(&waits, of: first, tickets: [1, 3])
        #expect(waits.unknown(of: [first, second]) == [second], "nobody waits for the first")
        add(&waits, 4, first)
        #expect(waits.unknown(of: [first]) == [first])
    }

    // MARK: When to look

    @Test("are looked for again when something happened, even during a look, and not otherwise before the next sweep")
    func looks() {
        var waits = OutcomeWaits(lingers: false)
        add(&waits, 1, first)
        expectNext(&waits, .look([first], sweeps: false))
        waits.rung()
        expectNext(&waits, .wait(until: nil))
        waits.looked(at: [first], failed: false, sweeps: false, now: .zero)
        look(&waits, at: [first])
        expectNext(&waits, .wait(until: .seconds(5)))
        look(&waits, at: [first], sweeps: true, now: .seconds(5))
        expectNext(&waits, .wait(until: .seconds(10)), now: .seconds(5))
    }

    @Test("are looked for again after a growing pause while the store fails, whatever rings")
    func failures() {
        var waits = OutcomeWaits(lingers: false)
        add(&waits, 1, first, .milliseconds(700))
        look(&waits, at: [first], failed: true)
        waits.rung()
        expectNext(&waits, .wait(until: .milliseconds(200)))
        look(&waits, at: [first], failed: true, now: .milliseconds(200))
        expectNext(&waits, .wait(until: .milliseconds(600)), now: .milliseconds(200))
        look(&waits, at: [first], failed: true, now: .milliseconds(600))
        // The time that was given is up before the next look.
        expectNext(&waits, .wait(until: .milliseconds(700)), now: .milliseconds(600))
        expectExpired(&waits, at: .milliseconds(700), tickets: [1])
    }

    @Test(
        "begin a run once; one that stays ends by a look in vain, or when the store is closed, or it is told to leave"
    )
    func runs() {
        var waits = OutcomeWaits(lingers: true)
        let begins = [
            waits.add(1, for: first, timeout: nil, now: .zero), waits.add(2, for: first, timeout: nil, now: .zero),
        ]
        #expect(begins == [true, false])
        expectEnd(&waits, of: first, tickets: [1, 2])
        expectNext(&waits, .wait(until: .seconds(5)))
        expectNext(&waits, .end, now: .seconds(5))
        let again = waits.add(3, for: first, timeout: nil, now: .seconds(6))
        #expect(again)
        expectEnd(&waits, of: first, tickets: [3])
        var closed = waits
        closed.closed()
        expectNext(&closed, .end, now: .seconds(6))
        waits.lingers = false
        expectNext(&waits, .end, now: .seconds(6))
    }
}
