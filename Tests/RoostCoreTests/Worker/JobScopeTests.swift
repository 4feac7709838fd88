import RoostCore
import Testing

/// Notes when it is entered and left.
private struct Noted: JobScope {
    let name: String

    @concurrent func run<Result: Sendable>(
        _ body: @concurrent (String) async throws -> Result
    ) async throws -> Result {
        Composed.journal.note("enter \(name)")
        defer { Composed.journal.note("leave \(name)") }
        return try await body(name)
    }
}

private struct Refusing: JobScope {
    @concurrent func run<Result: Sendable>(
        _ body: @concurrent (()) async throws -> Result
    ) async throws -> Result {
        throw CancelExecution("the scope refused")
    }
}

/// As `@Job(within: outer, inner)` writes it.
private struct Composed: Job {
    static let journal = Journal<String>()
    static let outer = Noted(name: "outer")
    static let inner = Noted(name: "inner")
    static var kind: String { "JobScopeTests.Composed" }
    static var scopes: [any JobScope] { [outer, inner] }
    var fails: Bool

    func run() async throws -> String {
        try await Self.outer.run { _ in
            try await Self.inner.run { entered in
                Self.journal.note("body")
                if fails { throw Broken() }
                return entered
            }
        }
    }
}

private struct Refused: Job {
    static var kind: String { "JobScopeTests.Refused" }
    func run() async throws -> String { try await Refusing().run { _ in "ran" } }
}

@Suite("Scopes", .timeLimit(.minutes(1)))
struct JobScopeTests {
    @Test("compose, the first one outermost, and are left also when the job throws")
    func order() async throws {
        try await withWorker(jobs: [Composed.self]) { queue, _ in
            let value = try await queue.enqueue(Composed(fails: false)).value()
            #expect(value == "inner")
            await #expect(throws: JobFailure.self) { try await queue.enqueue(Composed(fails: true)).value() }
        }
        let once = ["enter outer", "enter inner", "body", "leave inner", "leave outer"]
        #expect(Composed.journal.entries == once + once)
    }

    @Test("can refuse the run")
    func refusal() async throws {
        try await withWorker(jobs: [Refused.self]) { queue, _ in
            let failure = await #expect(throws: JobFailure.self) { try await queue.enqueue(Refused()).value() }
            #expect(failure?.state == .cancelled)
            #expect(failure?.message == "the scope refused")
        }
    }
}
