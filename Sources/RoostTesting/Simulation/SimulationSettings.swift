import RoostCore

/// What a seed makes of one run.
struct SimulationSettings: Sendable {
    var workers: Int
    var producers: Int
    var operators: Int
    var jobs: Int
    var plan: FaultPlan
    var lease: Duration
    var pollInterval: Duration
    var housekeepingInterval: Duration
    var grace: Duration
    /// How many of the things that can be done to processes are done.
    var blows: Int
    /// How many exchanges a worker may have on their way. So many that they overlap although they carry little.
    var exchangesAtOnce: Int

    init(_ random: SimulationRandom) {
        workers = random.int(in: 2..<4)
        producers = random.int(in: 1..<4)
        operators = random.int(in: 0..<2)
        jobs = random.int(in: 20..<61)
        plan = random.pick([.none, .light, .light, .heavy])
        lease = .seconds(random.pick([2, 5, 10]))
        pollInterval = .milliseconds(random.pick([200, 500, 1000]))
        housekeepingInterval = .milliseconds(random.pick([500, 1000, 2000]))
        grace = .milliseconds(random.pick([0, 100, 1000, 3000]))
        blows = random.pick([0, 2, 4, 6])
        exchangesAtOnce = random.pick([1, 300, 1000])
    }

    /// What the run promises.
    var promises: HistoryChecker.Options {
        // There is one clock, and it stands still while a call is made and looked at.
        HistoryChecker.Options(tolerance: .zero, isJournalInOrder: false)
    }

    /// The options of one worker.
    func options(_ random: SimulationRandom, name: String) -> WorkerOptions {
        WorkerOptions(
            concurrency: random.int(in: 1..<5),
            slots: random.pick([.tasks, .threads]),
            name: name,
            grace: grace,
            lease: lease,
            pollInterval: pollInterval,
            housekeepingInterval: housekeepingInterval
        )
    }
}
