// expect: cannot convert value of type 'String' to expected argument type 'Int'
import Roost

struct Named: JobScope {
    @concurrent func run<Result: Sendable>(_ body: @concurrent (String) async throws -> Result) async throws -> Result {
        try await body("name")
    }
}

@Job(within: Named()) func query(within number: Int) {}
