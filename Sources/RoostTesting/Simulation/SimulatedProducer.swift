import RoostCore

/// A process that enqueues jobs of all sorts, and waits for the ends of some.
final class SimulatedProducer: Sendable {
    let process: SimulatedProcess
    private let layer: FaultLayer
    private let queue: JobQueue
    private let random: SimulationRandom
    private let settings: SimulationSettings
    private let jobs: Int

    init(_ world: SimulatedWorld, jobs: Int) {
        let (process, layer, queue) = world.makeClient(plan: world.settings.plan)
        self.process = process
        self.layer = layer
        self.queue = queue
        self.settings = world.settings
        self.jobs = jobs
        self.random = world.random.fork()
    }

    func start(whenDone: @escaping @Sendable () -> Void) {
        process.recorder.note(.started, of: process.number)
        process.start { await self.layer.passWakeUpsOn() }
        process.start {
            await self.run()
            whenDone()
        }
    }

    private func run() async {
        var left = jobs
        while left > 0 {
            await process.executor.pause(random.duration(in: .zero ..< .milliseconds(300)))
            do {
                left -= try await enqueue(upTo: left)
            } catch {
                left -= 1
                // A client that knows what it sent may send it again when the reply was lost; not where an operator may
                // delete the job meanwhile: then it would come again.
                guard let error = error as? StoreError, error.isTransient, settings.operators == 0 else { continue }
                if random.oneIn(2) { await layer.enqueueAgain() }
            }
        }
    }

    // MARK: Jobs

    /// - Returns: how many jobs it enqueued.
    private func enqueue(upTo most: Int) async throws -> Int {
        switch random.int(in: 0..<12) {
        case 0..<7:
            watch(try await queue.enqueue(single()))
            return 1
        case 7:
            let count = min(random.int(in: 2..<12), most)
            for handle in try await queue.enqueue((0..<count).map { _ in single() }) { watch(handle) }
            return count
        case 8:
            let (first, second, third) = try await queue.enqueue(
                job().followed(by: SimulatedRareJob(behaviour: behaviour())).followed(by: job())
            )
            watch(first)
            watch(second)
            watch(third)
            return 3
        case 9:
            let members = (0..<random.int(in: 1..<6)).map { _ in job() }
            let sum = behaviour()
            let (_, end) = try await queue.enqueue(
                group(members).then { SimulatedSum.with(sum, numbers: $0) }
            )
            watch(end)
            return members.count + 1
        case 10:
            let members = (0..<random.int(in: 1..<6)).map { _ in job() }
            let (_, end) = try await queue.enqueue(group(members).finally(job()))
            watch(end)
            return members.count + 1
        default:
            let (chain, end) = try await queue.enqueue(
                chain(of: (0..<random.int(in: 2..<5)).map { _ in job() }).finally(job())
            )
            watch(end)
            return chain.count + 1
        }
    }

    private func job() -> SimulatedJob { SimulatedJob(behaviour: behaviour()) }

    private func single() -> JobRequest<SimulatedJob> {
        job().with { options in
            options.retries = random.int(in: 0..<4)
            options.backoff = .constant(.milliseconds(random.pick([0, 100, 1000])))
            options.priority = Int32(random.int(in: -1..<2))
            if random.oneIn(6) { options.start = .after(random.duration(in: .zero ..< .seconds(4))) }
            if random.oneIn(6) { options.unique = Uniqueness(key: random.pick(["a", "b"])) }
            if random.oneIn(8) { options.expiry = .after(random.duration(in: .zero ..< .seconds(2))) }
            if random.oneIn(8) { options.timeout = .milliseconds(random.int(in: 1..<200)) }
            if random.oneIn(8) { options.retention = .seconds(random.int(in: 0..<3)) }
            options.maxCrashes = random.int(in: 1..<4)
        }
    }

    private func behaviour() -> Behaviour {
        var behaviour = Behaviour(before: random.int(in: 0..<50), after: random.int(in: 0..<50))
        let lease = Int(settings.lease.simulatedMicroseconds / 1000)
        // Long ones, so that a worker that lost its lease settles while another runs the job.
        if random.oneIn(8) { behaviour.before = random.int(in: 0..<lease) }
        if random.oneIn(15) { behaviour.after = random.int(in: 0..<lease * 2) }
        switch random.int(in: 0..<12) {
        case 0: behaviour.ending = .throwsError
        case 1, 2: behaviour.ending = .throwsAtFirst
        case 3: behaviour.ending = random.pick([.cancels, .asksForRetry, .adds])
        default: break
        }
        behaviour.failures = random.int(in: 1..<3)
        behaviour.ignoresCancel = random.oneIn(3)
        return behaviour
    }

    // MARK: Ends

    /// Waits for the job's end, beside all else, and notes what it is told.
    private func watch(_ handle: JobHandle<Int>) {
        guard random.oneIn(3) else { return }
        process.start {
            do {
                _ = try await handle.value(timeout: .minutes(1))
                self.process.observe(handle.id, .succeeded)
            } catch let failure as JobFailure {
                self.process.observe(handle.id, failure.state)
            } catch {
                // The store failed, or it took too long: it was told nothing.
            }
        }
    }
}
