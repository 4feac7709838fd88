import Testing

@testable import RoostCore

@Suite("Groups")
struct GroupTests {
    let fetches = [Fetch(url: "a"), Fetch(url: "b"), Fetch(url: "c")]

    @Test("a group alone has no edges, and one graph id")
    func alone() throws {
        let sketch = try GraphSketch(group(fetches))
        #expect(sketch.edges == [])
        #expect(sketch.batch.jobs.allSatisfy { $0.graph == sketch.batch.jobs[0].id })
    }

    @Test("then over an array hands on all outputs, by success edges in the members' order")
    func outputs() throws {
        let sketch = try GraphSketch(group(fetches).then { Index.with(pages: $0) })
        #expect(sketch.kinds == ["Fetch", "Fetch", "Fetch", "Index"])
        #expect(sketch.edges == ["0 =success⇒ 3 #0", "1 =success⇒ 3 #1", "2 =success⇒ 3 #2"])
        #expect(try sketch.openings(3) == ["pages": .outputs(first: 0, count: 3)])
    }

    @Test("thenOutcomes waits for any end")
    func outcomes() throws {
        let sketch = try GraphSketch(group(fetches).thenOutcomes { Report.with(outcomes: $0) })
        #expect(sketch.edges == ["0 =always⇒ 3 #0", "1 =always⇒ 3 #1", "2 =always⇒ 3 #2"])
        #expect(try sketch.openings(3) == ["outcomes": .outcomes(first: 0, count: 3)])
    }

    @Test("thenFailures works for jobs that return nothing")
    func failures() throws {
        let sketch = try GraphSketch(group([Notify(), Notify()]).thenFailures { Mourn.with(failures: $0) })
        #expect(sketch.edges == ["0 =always⇒ 2 #0", "1 =always⇒ 2 #1"])
        #expect(try sketch.openings(2) == ["failures": .failures(first: 0, count: 2)])
    }

    @Test("a callback that does not use the outcomes still waits for any end")
    func unusedOutcomes() throws {
        let sketch = try GraphSketch(group(fetches).thenOutcomes { _ in Notify() })
        #expect(sketch.edges == ["0 -always→ 3 #0", "1 -always→ 3 #1", "2 -always→ 3 #2"])
    }

    @Test("followed(by:) waits for all members")
    func followed() throws {
        let sketch = try GraphSketch(group(fetches).followed(by: Notify()))
        #expect(sketch.edges == ["0 -success→ 3 #0", "1 -success→ 3 #1", "2 -success→ 3 #2"])
    }

    @Test("a mixed group hands on each output by its own edge")
    func mixed() throws {
        let graph = group(Count(page: Page(text: "x")), Fetch(url: "u")).then { count, page in
            Shorten.with(page: page, length: count)
        }
        let sketch = try GraphSketch(graph)
        #expect(sketch.edges == ["0 =success⇒ 2 #0", "1 =success⇒ 2 #1"])
        #expect(try sketch.openings(2) == ["page": .output(position: 1), "length": .output(position: 0)])
    }

    @Test("a member of a mixed group whose value is not used is waited for all the same")
    func mixedUnused() throws {
        let graph = group(Count(page: Page(text: "x")), Fetch(url: "u")).then { _, page in Count.with(page: page) }
        #expect(try GraphSketch(graph).edges == ["0 -success→ 2 #0", "1 =success⇒ 2 #1"])
    }

    @Test("thenOutcomes of a mixed group hands on each outcome")
    func mixedOutcomes() throws {
        let graph = group(Fetch(url: "u"), Count(page: Page(text: "x"))).thenOutcomes {
            Compare.with(page: $0, count: $1)
        }
        let sketch = try GraphSketch(graph)
        #expect(sketch.edges == ["0 =always⇒ 2 #0", "1 =always⇒ 2 #1"])
        #expect(try sketch.openings(2) == ["page": .outcome(position: 0), "count": .outcome(position: 1)])
    }

    @Test("chains and chords can be members")
    func nested() throws {
        let chord = group(fetches).then { Index.with(pages: $0) }
        let chain = Fetch(url: "u").then { Count.with(page: $0) }
        let sketch = try GraphSketch(group(chord, chain).then { Add.with(sum: $0, number: $1) })
        #expect(sketch.kinds == ["Fetch", "Fetch", "Fetch", "Index", "Fetch", "Count", "Add"])
        #expect(sketch.edges.suffix(3) == ["4 =success⇒ 5 #0", "3 =success⇒ 6 #0", "5 =success⇒ 6 #1"])
    }

    @Test("an array of chains is a group of them")
    func groupOfChains() throws {
        let chains = fetches.map { $0.then { Shorten.with(page: $0, length: 1) } }
        let sketch = try GraphSketch(group(chains).then { Index.with(pages: $0) })
        #expect(sketch.edges.suffix(3) == ["1 =success⇒ 6 #0", "3 =success⇒ 6 #1", "5 =success⇒ 6 #2"])
    }

    @Test("the callback of an empty group runs at once, with an empty array")
    func empty() throws {
        let sketch = try GraphSketch(group([Fetch]()).then { Index.with(pages: $0) })
        #expect(sketch.edges == [])
        #expect(try sketch.openings(0) == ["pages": .outputs(first: 0, count: 0)])
    }

    @Test("a chord of 50,000 is built in linear time, without two edges of one position")
    func large() throws {
        let members = (0..<50_000).map { Fetch(url: "\($0)") }
        let clock = ContinuousClock()
        var batch = EnqueueBatch(jobs: [])
        let time = try clock.measure {
            batch = try group(members).then { Index.with(pages: $0) }.plan(using: JobPreparer()).batch
        }
        #expect(batch.edges.map(\.position) == (0..<50_000).map(Int32.init))
        #expect(Set(batch.jobs.map(\.id)).count == 50_001)
        #expect(time < .seconds(20), "quadratic, it took minutes")
    }
}
