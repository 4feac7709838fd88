import Testing

@testable import RoostCore

@Suite("Graphs that cannot be enqueued")
struct GraphErrorTests {
    @Test("a value that left its closure is named")
    func outOfScope() {
        var escaped: JobInput<Page>?
        _ = Fetch(url: "u").then { page in
            escaped = page
            return Count.with(page: page)
        }
        guard let escaped else {
            Issue.record("the closure was not called")
            return
        }
        #expect(throws: GraphError.valueOutOfScope(kind: "Count", key: "page")) {
            try GraphSketch(Notify().followed(by: Count.with(page: escaped)))
        }
    }

    @Test("an argument given twice is named")
    func twice() {
        let one: JobInput<Int> = 1
        let job = OpenJob<Add>([.init("sum", one), .init("sum", one)])
        #expect(throws: GraphError.argumentGivenTwice(kind: "Add", key: "sum")) { try GraphSketch(job) }
    }

    @Test("an empty chain has nothing to hand on")
    func emptyChain() {
        #expect(throws: GraphError.nothingToHandOn) {
            try GraphSketch(chain(of: [Fetch]()).then { Count.with(page: $0) })
        }
    }

    @Test("two large groups, each job of one waiting for each of the other, are refused, not built")
    func tooManyEdges() {
        let members = (0..<2000).map { _ in Notify() }
        #expect(throws: GraphError.tooManyEdges(limit: GraphShape.edgeLimit)) {
            try GraphSketch(group(members).followed(by: group(members)))
        }
    }

    @Test("unique by arguments is refused for a job some of whose arguments are not known")
    func uniqueWithoutKey() {
        #expect(throws: InvalidJobOption.self) {
            try GraphSketch(Fetch(url: "u").then { Count.with(page: $0).unique() })
        }
        #expect(throws: Never.self) {
            try GraphSketch(Fetch(url: "u").then { Count.with(page: $0).unique(by: "u") })
        }
    }

    @Test("options of an open job are checked")
    func options() {
        #expect(throws: InvalidJobOption.self) {
            try GraphSketch(Fetch(url: "u").then { Count.with(page: $0).retries(-1) })
        }
    }
}
