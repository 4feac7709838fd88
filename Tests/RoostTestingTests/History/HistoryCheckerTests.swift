import RoostCore
import RoostTesting
import Testing

@Suite("The history checker", .timeLimit(.minutes(5)))
struct HistoryCheckerTests {
    static let checker = HistoryChecker(
        .init(tolerance: .zero, noticesDeath: true, claimBound: .seconds(600), mayPrune: false, mostUnsettled: 100)
    )

    @Test("is content with a run in which everything that may happen happens")
    func story() {
        #expect(Self.checker.violations(in: HistoryGenerator.story) == [])
    }

    @Test("bears that clocks are coarse, within the tolerance and not beyond")
    func coarseClocks() {
        var history = HistoryGenerator.story
        // A journal that counts in ticks, beside witnesses that do not.
        history.events = history.events.map { event in
            switch event {
            case .transition, .lease, .worker, .action: event.moved(by: -(event.at % 4_000))
            default: event
            }
        }
        #expect(HistoryChecker(.init(noticesDeath: true)).violations(in: history) == [])
        history.events = history.events.map { event in
            if case .body = event { event.moved(by: 50_000) } else { event }
        }
        #expect(HistoryChecker(.init(noticesDeath: true)).violations(in: history) != [])
    }

    @Test("bears a journal that does not know what came first within a call")
    func unordered() {
        var options = Self.checker.options
        options.isJournalInOrder = false
        #expect(HistoryChecker(options).violations(in: HistoryGenerator.story) == [])
    }

    @Test("counts no time in which nobody could do anything")
    func standstill() throws {
        let planter = HistoryPlanter(history: HistoryGenerator.story, random: SeededRandom(seed: 1))
        let dead = planter.processes(that: .died)
        // All stood still from the death on, an hour long: neither the lease was taken back, nor the ready jobs claimed.
        let crash = try #require(planter.claims.first { $0.isCrash && dead.contains($0.process) }?.ended?.event)
        var history = planter.history
        history.events = history.events.map { $0.at < crash.at ? $0 : $0.moved(by: 3_600_000_000) }
        #expect(Self.checker.violations(in: history) == [])
    }

    @Test("bears that a death is told a little late, if nothing was heard of the process since")
    func lateNotice() {
        var history = HistoryGenerator.story
        for place in history.events.indices {
            guard case .process(var event) = history.events[place], event.change == .died else { continue }
            event.at += 2_000_000
            history.events[place] = .process(event)
        }
        #expect(Self.checker.violations(in: history) == [])
    }

    @Test("bears that a process which stood still in the middle of a call extends a lease by an old time")
    func frozenExtension() {
        var history = HistoryGenerator.story
        history.events += [
            .worker(.init(number: 1_000_001, at: 1, worker: 50, process: 50, change: .registered)),
            .lease(.init(number: 1_000_002, at: 2, token: 9_999, worker: 50, change: .made, until: 30)),
            .process(.init(at: 29, process: 50, change: .frozen)),
            .process(.init(at: 10_000_000, process: 50, change: .woken)),
            .lease(.init(number: 1_000_003, at: 10_000_001, token: 9_999, worker: 50, change: .extended, until: 60)),
            .lease(.init(number: 1_000_004, at: 10_000_002, token: 9_999, worker: 50, change: .ended, until: 60)),
        ]
        #expect(Self.checker.violations(in: history) == [])
        history.events.removeAll { event in
            if case .process(let event) = event { event.process == 50 } else { false }
        }
        #expect(Self.checker.violations(in: history).map(\.invariant) == [1])
    }

    @Test("names the job and shows the events")
    func description() {
        let job = JobID(high: 1, low: 1)
        let history = History(
            events: [
                .call(.init(client: "c", call: 1, at: 1, jobs: [.init(id: job, kind: "K")])),
                .transition(.init(number: 1, at: 2, job: job, from: nil, to: .ready)),
                .reply(.init(client: "c", call: 1, at: 3, answer: .ok)),
            ]
        )
        let found = HistoryChecker(.init(mustEnd: false)).violations(in: history)
        #expect(
            found.map(\.description) == [
                """
                invariant 0: job \(job): it was lost: it is not in the store any more
                    #1 at 2: nothing → ready, token 0 → 0, claims 0, attempt 0, crashes 0
                """
            ]
        )
    }

    @Test("refuses", arguments: HistoryFault.all)
    func fault(_ fault: HistoryFault) throws {
        var planter = HistoryPlanter(history: HistoryGenerator.story, random: SeededRandom(seed: 1))
        // Not in the macro, which would print the history.
        let planted = fault.plant(&planter)
        let place = try #require(planted, "the story has no place for it")
        expect(fault, place, in: planter.history)
    }

    @Test("allows one death so many unsettled bodies, and not one more", arguments: [(0, 1), (1, 0)])
    func deaths(_ most: Int, _ count: Int) {
        let checker = HistoryChecker(.init(tolerance: .zero, noticesDeath: true, mostUnsettled: most))
        let found = checker.violations(in: HistoryGenerator.story)
        #expect(found.map(\.invariant) == Array(repeating: 14, count: count))
    }

    @Test("is content with random clean runs, and refuses each with a fault in it", arguments: 0..<20)
    func random(_ block: Int) async throws {
        for seed in block * 100..<block * 100 + 100 {
            // The threads are for the tasks of other tests too.
            await Task.yield()
            let history = HistoryGenerator.random(seed: UInt64(seed))
            let found = Self.checker.violations(in: history)
            guard found.isEmpty else {
                Issue.record("seed \(seed): \(found.prefix(3))")
                continue
            }
            var random = SeededRandom(seed: UInt64(seed) &+ 1_000_000)
            for fault in HistoryFault.all.shuffled(using: &random) {
                var planter = HistoryPlanter(history: history, random: random)
                guard let planted = fault.plant(&planter) else { continue }
                expect(fault, planted, in: planter.history, "seed \(seed)")
                break
            }
        }
    }

    private func expect(
        _ fault: HistoryFault,
        _ planted: HistoryFault.Planted,
        in history: History,
        _ run: String = "the story"
    ) {
        let found = Self.checker.violations(in: history)
        let isFound = found.contains { violation in
            guard violation.invariant == fault.invariant else { return false }
            if case .job(let job) = planted { return violation.job == job }
            return true
        }
        #expect(isFound, "\(run), '\(fault.testDescription)' at \(planted): found \(found.prefix(5))")
    }
}
