import Roost

/// Not Sendable: the scope lends it to one run at a time.
final class Connection {
    var queries = 0
}

struct Lending: JobScope {
    @concurrent func run<Result: Sendable>(
        _ body: @concurrent (Connection) async throws -> Result
    ) async throws -> Result {
        try await body(Connection())
    }
}

struct Numbered: JobScope {
    var number: Int

    @concurrent func run<Result: Sendable>(_ body: @concurrent (Int) async throws -> Result) async throws -> Result {
        try await body(number)
    }
}

let database = Lending()
let erased: any JobScope = Numbered(number: 0)

@Job(within: database) func query(id: Int, within database: Connection) async throws -> Int {
    database.queries += 1
    return id + database.queries
}

@Job(within: database) func querySynchronously(within database: Connection) -> Int { database.queries }

@Job(retries: 1, within: Numbered(number: 4), database, Numbered(number: 5))
func several(id: Int, within first: Int, within _: Connection, within third: Int, context: JobContext) throws -> Int {
    id + first + third
}

@Job(within: erased, database) func entered(id: Int) -> Int { id }
@Job(within: database) func enteredVoid() async {}
@Job("on-main", within: Numbered(number: 6)) @MainActor func onMainWithin(within number: Int) -> Int { number }

/// Another file has a private function of this name.
@Job("other privateJob") private func privateJob(n: Int) {}

private enum Hidden {
    @Job static func inPrivateType(n: Int) {}
}

// swift-format-ignore: NoAccessLevelOnExtensionDeclaration
private extension Outer {
    @Job static func inPrivateExtension(n: Int) {}
}

func usesHidden() -> [any Job] {
    [$privateJob(n: 1), Hidden.$inPrivateType(n: 1), Outer.$inPrivateExtension(n: 1)]
}
