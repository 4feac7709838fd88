import Testing

@testable import RoostCore

/// The types are the test: each `let` names what a user would get.
@Suite("Handles of graphs")
struct GraphHandleTests {
    @Test("a chain gives a flat tuple of typed handles, in the order of its jobs")
    func chain() throws {
        let graph = Fetch(url: "u").then { Shorten.with(page: $0, length: 3) }.followed(by: Notify())
        let (ids, handles) = try handles(graph)
        let (page, short, done): (JobHandle<Page>, JobHandle<Page>, JobHandle<Void>) = handles
        #expect([page.id, short.id, done.id] == ids)
    }

    @Test("a single job gives its handle")
    func single() throws {
        let (ids, handle) = try handles(Fetch(url: "u").priority(3))
        let page: JobHandle<Page> = handle
        #expect([page.id] == ids)
    }

    @Test("a group over an array gives an array and the callback's handle")
    func arrayGroup() throws {
        let (ids, handles) = try handles(
            group([Fetch(url: "a"), Fetch(url: "b")]).then { Index.with(pages: $0) }.followed(by: Notify())
        )
        let (pages, index, done): ([JobHandle<Page>], JobHandle<Int>, JobHandle<Void>) = handles
        #expect(pages.map(\.id) + [index.id, done.id] == ids)
    }

    @Test("a mixed group gives a flat tuple; a chain in it, a tuple of its own")
    func mixedGroup() throws {
        let (ids, handles) = try handles(
            group(Fetch(url: "a"), Fetch(url: "b").then { Count.with(page: $0) }).then {
                Shorten.with(page: $0, length: $1)
            }
        )
        let (page, (other, count), short): (JobHandle<Page>, (JobHandle<Page>, JobHandle<Int>), JobHandle<Page>) =
            handles
        #expect([page.id, other.id, count.id, short.id] == ids)
    }

    @Test("handlers come in their place")
    func handlers() throws {
        let (ids, handles) = try handles(
            Fetch(url: "a").onFailure { Alert.with(error: $0) }.then { Count.with(page: $0) }
                .onFailure { Alert.with(error: $0) }.finally(Notify())
        )
        let (page, alert, count, alerts, done):
            (JobHandle<Page>, JobHandle<Bool>, JobHandle<Int>, [JobHandle<Bool>], JobHandle<Void>) = handles
        #expect([page.id, alert.id, count.id] + alerts.map(\.id) + [done.id] == ids)
    }

    @Test("a fold gives an array of handles")
    func fold() throws {
        let (ids, handles) = try handles(
            Count(page: Page(text: "")).thenEach([1, 2]) { Add.with(sum: $0, number: $1) }.then {
                Add.with(sum: $0, number: 1)
            }
        )
        let (first, sums, last): (JobHandle<Int>, [JobHandle<Int>], JobHandle<Int>) = handles
        #expect([first.id] + sums.map(\.id) + [last.id] == ids)
    }

    @Test("the handle of a duplicate is that of the job that was there")
    func duplicate() throws {
        let holder = JobID()
        let plan = try Fetch(url: "u").followed(by: Notify()).plan(using: JobPreparer())
        let (page, done) = try plan.handles(JobQueue(store: UnusedStore()), [holder, plan.batch.jobs[1].id])
        #expect(page.id == holder)
        #expect(done.id == plan.batch.jobs[1].id)
    }

    @Test("a job whose properties have the names of Roost's members works as any other")
    func awkwardNames() throws {
        let job = Awkward(graphPlan: "p", then: 1, with: true, handles: [])
        let (ids, handles) = try handles(group(job.retries(1), job).followed(by: job.priority(1)))
        #expect([handles.0.id, handles.1.id, handles.2.id] == ids)
    }

    private func handles<Graph: JobGraph>(_ graph: Graph) throws -> ([JobID], Graph.Handles) {
        let plan = try graph.plan(using: JobPreparer())
        let ids = plan.batch.jobs.map(\.id)
        return (ids, try plan.handles(JobQueue(store: UnusedStore()), ids))
    }
}
