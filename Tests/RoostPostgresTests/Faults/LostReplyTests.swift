import PostgresSupport
import ProcessSupport
import RoostCore
import RoostPostgres
import RoostTesting
import StoreFaults
import TCPProxy
import Testing

extension FaultTests {
    /// The call is carried out, and its answer never comes.
    @Suite("loses its answer to") struct LostReplyTests {
        private let server: PostgresServer
        private let proxy: TCPProxy
        private let time = TestTimeSource()
        private let store: PostgresStore
        private let worker: WorkerID

        init() async throws {
            server = try await PostgresServer.start()
            proxy = try TCPProxy(to: server.port)
            store = try await PostgresStore(
                "postgres://postgres@127.0.0.1:\(proxy.port)/postgres?timeout=5",
                options: PostgresStoreOptions(time: time),
                logger: CapturedLog().logger
            )
            worker = try await store.register(WorkerRegistration(name: "w"))
        }

        private let jobs = (0..<3).map { _ in NewJob(kind: "k") }
        private let request = ClaimRequest(kinds: ["k"], limit: 1, lease: .seconds(10))

        /// That of the call which is made now: nothing else may be on its way, such as what the store looks for beside calls.
        private func loseNextAnswer() async throws {
            var last = proxy.counts
            var quiet = ContinuousClock.now
            try await waitUntil("the connections are quiet") {
                let counts = proxy.counts
                if counts != last { (last, quiet) = (counts, .now) }
                return ContinuousClock.now - quiet > .milliseconds(60)
            }
            proxy.cut(after: 0, .replies)
        }

        private func success(_ job: ClaimedJob) -> SettleItem {
            SettleItem(job: job.id, token: job.token, end: .succeeded(output: nil), startedAt: time.now)
        }

        private func enqueueAndClaim() async throws -> ClaimedJob {
            _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
            return try #require(try await store.claim(request, for: worker).jobs.first)
        }

        @Test("an enqueue: it is sent again, and stored once")
        func enqueue() async throws {
            _ = try await store.enqueue(EnqueueBatch(jobs: [NewJob(kind: "other")]))
            let before = proxy.counts.accepted
            try await loseNextAnswer()
            let answer = try await store.enqueue(EnqueueBatch(jobs: jobs))
            #expect(answer.items == [.stored, .stored, .stored])
            #expect(proxy.counts.accepted == before + 1)
            #expect(try await store.list(JobQuery(kind: "k")).map(\.id) == jobs.map(\.id).sorted())
        }

        @Test("an enqueue with keys and edges: it is sent again, and holds its own keys")
        func enqueueAny() async throws {
            let parent = NewJob(kind: "k", unique: UniqueKey(key: "k one"))
            let child = NewJob(kind: "k")
            let edge = NewEdge(parent: parent.id, child: child.id, condition: .success, position: 0)
            let batch = EnqueueBatch(jobs: [parent, child], edges: [edge])
            try await loseNextAnswer()
            #expect(try await store.enqueue(batch).items == [.stored, .stored])
            #expect(try await store.counts().map(\.byState) == [[.ready: 1, .waiting: 1]])
        }

        @Test("a settle: it is sent again, and was done already")
        func settle() async throws {
            let job = try await enqueueAndClaim()
            try await loseNextAnswer()
            #expect(try await store.settle([success(job)], for: worker) == [.already])
            let row = try await store.snapshots(of: [job.id])[0]
            #expect(row?.state == .succeeded)
            #expect(row?.attempt == 1)
        }

        @Test("a settle with a claim: the settle was done, and what was claimed comes back when its lease ends")
        func exchange() async throws {
            let job = try await enqueueAndClaim()
            try await loseNextAnswer()
            let error = await #expect(throws: StoreError.self) {
                try await store.exchange(Exchange(worker: worker, settle: [success(job)], claim: request))
            }
            #expect(error?.code == .unavailable)
            #expect(try await store.settle([success(job)], for: worker) == [.already])

            let running = try await store.list(JobQuery(states: [.running]))
            #expect(running.count == 1)
            time.advance(by: request.lease)
            #expect(try await store.reclaim().changes.map(\.job) == running.map(\.id))
            let states = try await store.snapshots(of: jobs.map(\.id)).compactMap { $0?.state }
            #expect(states.filter { $0 == .ready }.count == 2)
        }

        @Test("a claim: it is not sent again, and what it handed out comes back when its lease ends")
        func claim() async throws {
            _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
            // The lane is new, and is learnt first.
            _ = try await store.claim(ClaimRequest(kinds: ["k"], limit: 0), for: worker)
            try await loseNextAnswer()
            await #expect(throws: StoreError.self) { try await store.claim(request, for: worker) }
            let taken = try await store.list(JobQuery(states: [.running]))
            #expect(taken.count == 1, "claimed once")

            time.advance(by: request.lease)
            #expect(try await store.reclaim().changes.map(\.job) == taken.map(\.id))
            let job = try await store.snapshots(of: taken.map(\.id))[0]
            #expect(job?.state == .ready)
            #expect(job?.crashes == 1)
        }

        @Test("a claim: the worker's next one gives back what it handed out, uncharged, and takes it")
        func nextClaim() async throws {
            let kept = try await enqueueAndClaim()
            try await loseNextAnswer()
            await #expect(throws: StoreError.self) { try await store.claim(request, for: worker) }
            #expect(try await store.counts().map(\.byState) == [[.running: 2, .ready: 1]])

            let claim = try await store.claim(ClaimRequest(kinds: ["k"], limit: 10), for: worker)
            #expect(claim.jobs.map(\.claims) == [2, 1])
            #expect(claim.jobs.map(\.crashes) == [0, 0])
            let answers = try await store.settle([success(kept)] + claim.jobs.map(success), for: worker)
            #expect(answers == [.applied, .applied, .applied])
        }

        @Test("a claim that comes later than anybody waits for it: the worker's next one gives back what it hands out")
        func lateClaim() async throws {
            // So that there is a lane, which the other store learns when it is opened.
            _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
            var opened: PostgresStore?
            try await waitUntil("a store that waits for a short time only is open") {
                opened = try? await PostgresStore(
                    "postgres://postgres@127.0.0.1:\(proxy.port)/postgres?timeout=0.3",
                    options: PostgresStoreOptions(time: time),
                    logger: CapturedLog().logger
                )
                return opened != nil
            }
            let late = try #require(opened)
            proxy.stall()
            await #expect(throws: StoreError.self) { try await late.claim(request, for: worker) }
            proxy.resume()
            // Before the late one or after it: none is left that nobody knows of.
            var claim: Claim?
            try await waitUntil("the server can be reached") {
                claim = try? await late.claim(ClaimRequest(kinds: ["k"], limit: 10), for: worker)
                return claim != nil
            }
            #expect(claim?.jobs.map(\.crashes) == [0, 0, 0])
            let answers = try await store.settle((claim?.jobs ?? []).map(success), for: worker)
            #expect(answers == [.applied, .applied, .applied])
            await late.close()
        }

        @Test("an extension: it is sent again, and the lease is held")
        func extend() async throws {
            let job = try await enqueueAndClaim()
            time.advance(by: .seconds(8))
            try await loseNextAnswer()
            let answer = try await store.extend([job.token], of: worker, by: .seconds(10))
            #expect(answer == LeaseExtension(lost: [], cancelled: []))
            time.advance(by: .seconds(8))
            #expect(try await store.reclaim().changes == [])
            #expect(try await store.settle([success(job)], for: worker) == [.applied])
        }

        @Test("a reclaim: it is sent again, and each job is charged once")
        func reclaim() async throws {
            let job = try await enqueueAndClaim()
            time.advance(by: .seconds(10))
            try await loseNextAnswer()
            _ = try await store.reclaim()
            let row = try await store.snapshots(of: [job.id])[0]
            #expect(row?.state == .ready)
            #expect(row?.crashes == 1)
        }

        @Test("a cancel: it is sent again, and answered as the first time")
        func perform() async throws {
            let job = try await enqueueAndClaim()
            try await loseNextAnswer()
            let action = ActionRequest(.cancel(job.id), by: "somebody")
            #expect(try await store.perform(action).result == .requested)
            #expect(try server.sql("SELECT count(*) FROM roost.audit") == [["1"]])
        }

        @Test("a leave: nothing is left of the worker")
        func retire() async throws {
            _ = try await enqueueAndClaim()
            try await loseNextAnswer()
            _ = try await store.retire(worker)
            #expect(try await store.workers() == [])
            #expect(try await store.counts().map(\.byState) == [[.ready: 3]])
        }
    }
}
