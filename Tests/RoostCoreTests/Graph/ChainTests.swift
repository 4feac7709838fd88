import Testing

@testable import RoostCore

@Suite("Chains")
struct ChainTests {
    @Test("then makes a success edge with the value, and opens the argument")
    func then() throws {
        let sketch = try GraphSketch(Fetch(url: "u").then { Shorten.with(page: $0, length: 3) })
        #expect(sketch.kinds == ["Fetch", "Shorten"])
        #expect(sketch.edges == ["0 =success⇒ 1 #0"])
        #expect(sketch.arguments(0) == #"{"url":"u"}"#)
        #expect(sketch.arguments(1) == #"{"length":3}"#)
        #expect(try sketch.openings(1) == ["page": .output(position: 0)])
        #expect(try sketch.openings(0) == [:])
    }

    @Test("followed(by:) makes a success edge without a value")
    func followed() throws {
        let sketch = try GraphSketch(Fetch(url: "u").followed(by: Notify()).followed(by: Notify()))
        #expect(sketch.edges == ["0 -success→ 1 #0", "1 -success→ 2 #0"])
        #expect(sketch.arguments(1) == "{}")
    }

    @Test("all jobs of a graph bear the id of the first; a single job bears none")
    func graphID() throws {
        let chain = try GraphSketch(Fetch(url: "u").followed(by: Notify()))
        #expect(chain.batch.jobs.map(\.graph) == [chain.batch.jobs[0].id, chain.batch.jobs[0].id])
        let single = try GraphSketch(Fetch(url: "u"))
        #expect(single.batch.jobs.map(\.graph) == [nil])
        let other = JobID()
        #expect(try Fetch(url: "u").plan(using: JobPreparer(), in: other).batch.jobs.map(\.graph) == [other])
    }

    @Test("a job that does not use the value waits all the same")
    func unusedValue() throws {
        let sketch = try GraphSketch(Fetch(url: "u").then { _ in Notify() })
        #expect(sketch.edges == ["0 -success→ 1 #0"])
    }

    @Test("a value can be used deeper in the closure, and for two arguments with one edge")
    func nested() throws {
        let graph = Count(page: Page(text: "a")).then { first in
            Add.with(sum: first, number: first).then { Add.with(sum: $0, number: first) }
        }
        let sketch = try GraphSketch(graph)
        #expect(sketch.kinds == ["Count", "Add", "Add"])
        #expect(sketch.edges == ["1 =success⇒ 2 #0", "0 =success⇒ 1 #0", "0 =success⇒ 2 #1"])
        #expect(try sketch.openings(1) == ["sum": .output(position: 0), "number": .output(position: 0)])
        #expect(try sketch.openings(2) == ["sum": .output(position: 0), "number": .output(position: 1)])
    }

    @Test("a chain can branch into a group and go on inside the closure")
    func branch() throws {
        let graph = Fetch(url: "u").then { page in
            group(Count.with(page: page), Shorten.with(page: page, length: 2)).then { count, short in
                Shorten.with(page: short, length: count)
            }
        }
        .then { Count.with(page: $0) }
        let sketch = try GraphSketch(graph)
        #expect(sketch.kinds == ["Fetch", "Count", "Shorten", "Shorten", "Count"])
        #expect(
            Set(sketch.edges) == [
                "0 =success⇒ 1 #0", "0 =success⇒ 2 #0", "1 =success⇒ 3 #0", "2 =success⇒ 3 #1", "3 =success⇒ 4 #0",
            ]
        )
    }

    @Test("options hold for the stage they are written on")
    func options() throws {
        let graph = Fetch(url: "u").retries(3).then {
            Shorten.with(page: $0, length: 3).retries(5).queue("images").priority(2)
        }
        let sketch = try GraphSketch(graph)
        #expect(try sketch.options(0)?.retries == 3)
        #expect(try sketch.options(1)?.retries == 5)
        #expect(sketch.batch.jobs.map(\.queue) == ["default", "images"])
        #expect(sketch.batch.jobs.map(\.priority) == [0, 2])
    }

    @Test("a chain over an array has one job after the other")
    func overArray() throws {
        let graph = Notify().followed(by: chain(of: [Fetch(url: "a"), Fetch(url: "b")])).then { Count.with(page: $0) }
        let sketch = try GraphSketch(graph)
        #expect(sketch.edges == ["1 -success→ 2 #0", "0 -success→ 1 #0", "2 =success⇒ 3 #0"])
    }

    @Test("thenEach hands the value from job to job")
    func each() throws {
        let sketch = try GraphSketch(Count(page: Page(text: "")).thenEach([7, 8]) { Add.with(sum: $0, number: $1) })
        #expect(sketch.edges == ["0 =success⇒ 1 #0", "1 =success⇒ 2 #0"])
        #expect(sketch.arguments(2) == #"{"number":8}"#)
    }

    @Test("what follows an empty part waits for what is before it")
    func emptyParts() throws {
        let none: [Notify] = []
        let graph = Fetch(url: "u").followed(by: chain(of: none)).followed(by: group(none)).followed(by: Notify())
        #expect(try GraphSketch(graph).edges == ["0 -success→ 1 #0"])
    }

    @Test("long chains are built in linear time")
    func long() throws {
        let values = Array(0..<20_000)
        let clock = ContinuousClock()
        var sketch: GraphSketch?
        let time = try clock.measure {
            sketch = try GraphSketch(Count(page: Page(text: "")).thenEach(values) { Add.with(sum: $0, number: $1) })
        }
        #expect(sketch?.batch.edges.count == 20_000)
        #expect(time < .seconds(20), "quadratic, it took minutes")
    }
}
