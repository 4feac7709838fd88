import ProcessSupport
import RedisSupport
import RoostCore
import RoostRedis
import RoostTesting
import StoreFaults
import TCPProxy
import Testing

extension FaultTests {
    /// The call is carried out, and its answer never comes.
    @Suite("loses its answer to") struct LostReplyTests {
        private let server: RedisServer
        private let proxy: TCPProxy
        private let time = TestTimeSource()
        private let store: RedisStore

        init() async throws {
            server = try await RedisServer.start()
            proxy = try TCPProxy(to: server.port)
            store = try await RedisStore(
                "redis://127.0.0.1:\(proxy.port)?timeout=5",
                options: RedisStoreOptions(time: time),
                logger: CapturedLog().logger
            )
        }

        private let jobs = (0..<3).map { _ in NewJob(kind: "k") }
        private let request = ClaimRequest(kinds: ["k"], limit: 1, lease: .seconds(10))

        private func loseNextAnswer() { proxy.cut(after: 0, .replies) }

        private func success(_ job: ClaimedJob) -> SettleItem {
            SettleItem(job: job.id, token: job.token, end: .succeeded(output: nil), startedAt: time.now)
        }

        @Test("an enqueue: it is sent again, and stored once")
        func enqueue() async throws {
            let before = proxy.counts.accepted
            loseNextAnswer()
            let answer = try await store.enqueue(EnqueueBatch(jobs: jobs))
            #expect(answer.items == [.stored, .stored, .stored])
            #expect(proxy.counts.accepted == before + 1)
            #expect(try await store.list(JobQuery()).map(\.id) == jobs.map(\.id).sorted())
            #expect(try await store.counts().map(\.byState) == [[.ready: 3]])
        }

        @Test("a settle: it is sent again, and was done already")
        func settle() async throws {
            let worker = try await store.register(WorkerRegistration(name: "w"))
            _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
            let job = try #require(try await store.claim(request, for: worker).jobs.first)
            loseNextAnswer()
            #expect(try await store.settle([success(job)], for: worker) == [.already])
            let row = try await store.snapshots(of: [job.id])[0]
            #expect(row?.state == .succeeded)
            #expect(row?.attempt == 1)
        }

        @Test("a settle with a claim: the settle was done, and what was claimed comes back when its lease ends")
        func exchange() async throws {
            let worker = try await store.register(WorkerRegistration(name: "w"))
            _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
            let job = try #require(try await store.claim(request, for: worker).jobs.first)
            loseNextAnswer()
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
            let worker = try await store.register(WorkerRegistration(name: "w"))
            _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
            loseNextAnswer()
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
            let worker = try await store.register(WorkerRegistration(name: "w"))
            _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
            let kept = try #require(try await store.claim(request, for: worker).jobs.first)
            loseNextAnswer()
            await #expect(throws: StoreError.self) { try await store.claim(request, for: worker) }
            #expect(try await store.counts().map(\.byState) == [[.running: 2, .ready: 1]])

            let claim = try await store.claim(ClaimRequest(kinds: ["k"], limit: 10), for: worker)
            #expect(claim.jobs.map(\.claims) == [2, 1])
            #expect(claim.jobs.map(\.crashes) == [0, 0])
            #expect(
                try await store.settle([success(kept)] + claim.jobs.map(success), for: worker) == [
                    .applied, .applied, .applied,
                ]
            )
        }

        @Test("a claim that comes later than anybody waits for it: the worker's next one gives back what it hands out")
        func lateClaim() async throws {
            let late = try await RedisStore(
                "redis://127.0.0.1:\(proxy.port)?timeout=0.3",
                options: RedisStoreOptions(time: time),
                logger: CapturedLog().logger
            )
            let worker = try await late.register(WorkerRegistration(name: "w"))
            _ = try await late.enqueue(EnqueueBatch(jobs: jobs))
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
            let answers = try await late.settle((claim?.jobs ?? []).map(success), for: worker)
            #expect(answers == [.applied, .applied, .applied])
            await late.close()
        }

        @Test("a leave: nothing is left of the worker")
        func retire() async throws {
            let worker = try await store.register(WorkerRegistration(name: "w"))
            _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
            _ = try await store.claim(request, for: worker)
            loseNextAnswer()
            _ = try await store.retire(worker)
            #expect(try await store.workers() == [])
            #expect(try await store.counts().map(\.byState) == [[.ready: 3]])
        }
    }
}
