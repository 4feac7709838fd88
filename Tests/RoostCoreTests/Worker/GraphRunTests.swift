import RoostCore
import RoostTesting
import Testing

/// Gives a page, unless its text is "bad".
private struct Load: Job {
    static var kind: String { "GraphRunTests.Load" }
    var text: String

    func run() async throws -> Page {
        if text == "bad" { throw Broken() }
        return Page(text: text)
    }
}

private struct Tell: Job {
    static var kind: String { "GraphRunTests.Tell" }
    var outcomes: [JobOutcome<Page>]

    func run() async throws -> [String] {
        outcomes.map { outcome in
            switch outcome {
            case .succeeded(let page): page.text
            case .failed(let failure): "\(failure.state.rawValue): \(failure.message)"
            }
        }
    }

    static func with(outcomes: JobInput<[JobOutcome<Page>]>) -> OpenJob<Self> {
        OpenJob([.init("outcomes", outcomes)])
    }
}

private struct Rescue: Job {
    static var kind: String { "GraphRunTests.Rescue" }
    var failure: JobFailure

    func run() async throws -> String { "\(failure.kind): \(failure.message)" }

    static func with(failure: JobInput<JobFailure>) -> OpenJob<Self> { OpenJob([.init("failure", failure)]) }
}

@Suite("A graph that runs", .timeLimit(.minutes(1)))
struct GraphRunTests {
    private static let jobs: [any Job.Type] = [
        Load.self, Tell.self, Rescue.self, Shorten.self, Count.self, Index.self, Notify.self,
    ]

    @Test("hands on what each job of a chain returned")
    func chain() async throws {
        try await withWorker(jobs: Self.jobs) { queue, _ in
            let (page, short, count) = try await queue.enqueue(
                Load(text: "a long text").then { Shorten.with(page: $0, length: 6) }.then { Count.with(page: $0) }
            )
            #expect(try await count.value() == 6)
            #expect(try await short.value() == Page(text: "a long"))
            #expect(try await page.value() == Page(text: "a long text"))
        }
    }

    @Test("gives the values of a group to the job that follows, in the group's order")
    func group() async throws {
        try await withWorker(jobs: Self.jobs) { queue, _ in
            let (pages, index) = try await queue.enqueue(
                RoostCore.group((0..<50).map { Load(text: "\($0)") }).then { Index.with(pages: $0) }
            )
            #expect(pages.count == 50)
            #expect(try await index.value() == 50)
        }
    }

    @Test("runs the job over the outcomes of a group also when a member failed")
    func outcomes() async throws {
        try await withWorker(jobs: Self.jobs) { queue, _ in
            let (members, told) = try await queue.enqueue(
                RoostCore.group(["one", "bad", "three"].map { Load(text: $0) }).thenOutcomes { Tell.with(outcomes: $0) }
            )
            #expect(try await told.value() == ["one", "failed: it broke", "three"])
            await #expect(throws: JobFailure.self) { try await members[1].value() }
        }
    }

    @Test("does not fail a job whose inputs cannot be read for a while")
    func inputsLater() async throws {
        let store = WatchedStore(before: { call, number in
            call == .inputs && number == 1 ? StoreError(.unavailable, "no connection") : nil
        })
        try await withWorker(jobs: Self.jobs, store: store) { queue, _ in
            let (_, short) = try await queue.enqueue(
                Load(text: "a long text").then { Shorten.with(page: $0, length: 6) }
            )
            #expect(try await short.value() == Page(text: "a long"))
        }
        #expect(store.count(of: .inputs) == 2)
    }

    @Test("skips what follows a job that failed, and runs its handler")
    func onFailure() async throws {
        try await withWorker(jobs: Self.jobs) { queue, _ in
            let (page, rescue, count) = try await queue.enqueue(
                Load(text: "bad").onFailure { Rescue.with(failure: $0) }.followed(by: Notify())
            )
            #expect(try await rescue.value() == "GraphRunTests.Load: it broke")
            await #expect(throws: JobFailure.self) { try await page.value() }
            let skipped = await #expect(throws: JobFailure.self) { try await count.value() }
            #expect(skipped?.state == .skipped)
            #expect(skipped?.reason == .parentEnded)
            let (_, unneeded) = try await queue.enqueue(Load(text: "good").onFailure { Rescue.with(failure: $0) })
            let failure = await #expect(throws: JobFailure.self) { try await unneeded.value() }
            #expect(failure?.state == .skipped)
        }
    }

    @Test("that is cancelled ends in all its jobs, those that run too")
    func cancelGraph() async throws {
        let never = Gate()
        let stage = Stage.make { name in
            try await never.wait()
            return name
        }
        try await withWorker { queue, _ in
            let (members, last) = try await queue.enqueue(
                RoostCore.group([stage("running"), stage("running")]).followed(by: stage("last"))
            )
            try await until { stage.played.count == 2 }
            #expect(try await queue.cancelGraph(of: last.id, why: "enough"))
            for handle in members + [last] {
                let failure = await #expect(throws: JobFailure.self) { try await handle.value() }
                #expect(failure?.state == .cancelled)
            }
            #expect(try await queue.cancelGraph(of: last.id) == false)
            #expect(try await queue.cancelGraph(of: JobID()) == false)
        }
        #expect(stage.played == ["running", "running"])
    }

    @Test("is joined by what a job adds only with the job's success")
    func enqueueOnSuccess() async throws {
        let stage = Stage.make { name in
            guard name == "parent" else { return name }
            let context = try JobContext.required
            let id = try context.enqueueOnSuccess(Act(stage: Int(context.headers["stage"] ?? "") ?? 0, name: "child"))
            #expect(try await context.queue.job(id) == nil, "not there yet")
            if context.attempt == 1 { throw Broken() }
            return "\(id)"
        }
        try await withWorker { queue, _ in
            let parent = try await queue.enqueue(
                stage("parent").retries(1, backoff: .constant(.zero)).header("stage", "\(stage.number)")
            )
            let child = try #require(JobID(try await parent.value()))
            #expect(try await queue.handle(for: child, of: Act.self).value() == "child")
        }
        #expect(stage.played == ["parent", "parent", "child"])
    }

    @Test("tells the failure of a job whose additions were rejected, and no success")
    func additionRejected() async throws {
        let events = Journal<String>()
        let stage = Stage.make { name in
            guard name == "parent" else { return name }
            let context = try JobContext.required
            let stage = Int(context.headers["stage"] ?? "") ?? 0
            try context.enqueueOnSuccess(Act(stage: stage, name: "child"))
            return name
        }
        // What the queue checks it cannot store, so what is added comes to wait for a job that nobody knows.
        let store = WatchedStore(changing: { request in
            for index in request.settle.indices {
                guard let child = request.settle[index].added?.jobs.first?.id else { continue }
                let edge = NewEdge(parent: JobID(), child: child, condition: .success, position: 0)
                request.settle[index].added?.edges.append(edge)
            }
        })
        try await withWorker(store: store) { queue, _ in
            queue.on(JobSucceeded.self) { events.note("succeeded \($0.attempt)") }
            queue.on(JobFailed.self) { events.note("failed \($0.attempt)") }
            let parent = try await queue.enqueue(stage("parent").header("stage", "\(stage.number)"))
            await #expect(throws: JobFailure.self) { try await parent.value() }
        }
        #expect(events.entries == ["failed 1"])
    }
}
