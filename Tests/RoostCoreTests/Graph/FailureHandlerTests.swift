import Testing

@testable import RoostCore

@Suite("Failure handlers")
struct FailureHandlerTests {
    @Test("a handler hangs on a failure edge with the failure")
    func single() throws {
        let sketch = try GraphSketch(Fetch(url: "u").onFailure { Alert.with(error: $0) })
        #expect(sketch.edges == ["0 =failure⇒ 1 #0"])
        #expect(try sketch.openings(1) == ["error": .failure(position: 0)])
    }

    @Test("a handler that does not use the failure waits for it all the same")
    func unused() throws {
        let sketch = try GraphSketch(Fetch(url: "u").onFailure { _ in Notify() })
        #expect(sketch.edges == ["0 -failure→ 1 #0"])
    }

    @Test("what is added after a handler follows the job, not the handler")
    func beside() throws {
        let sketch = try GraphSketch(
            Fetch(url: "u").onFailure { Alert.with(error: $0) }.then { Count.with(page: $0) }
        )
        #expect(sketch.kinds == ["Fetch", "Alert", "Count"])
        #expect(sketch.edges == ["0 =failure⇒ 1 #0", "0 =success⇒ 2 #0"])
    }

    @Test("each job of a chain gets its own handler; handlers get none")
    func chain() throws {
        let sketch = try GraphSketch(
            Fetch(url: "u").onFailure { Alert.with(error: $0) }.then { Count.with(page: $0) }
                .onFailure { Alert.with(error: $0).followed(by: Notify()) }
        )
        #expect(sketch.kinds == ["Fetch", "Alert", "Count", "Alert", "Notify", "Alert", "Notify"])
        #expect(
            sketch.edges == [
                "0 =failure⇒ 1 #0", "0 =success⇒ 2 #0", "3 -success→ 4 #0", "0 =failure⇒ 3 #0", "5 -success→ 6 #0",
                "2 =failure⇒ 5 #0",
            ]
        )
    }

    @Test("finally hangs on an always edge, beside the graph")
    func finally() throws {
        let sketch = try GraphSketch(Fetch(url: "u").finally(Notify()).then { Count.with(page: $0) })
        #expect(sketch.edges == ["0 -always→ 1 #0", "0 =success⇒ 2 #0"])
    }

    @Test("finally of a group waits for all members")
    func finallyOfGroup() throws {
        let sketch = try GraphSketch(group([Fetch(url: "a"), Fetch(url: "b")]).finally(Notify()))
        #expect(sketch.edges == ["0 -always→ 2 #0", "1 -always→ 2 #1"])
    }
}
