import Foundation
import Testing

@testable import RoostCore

@Suite("JobRegistry")
struct JobRegistryTests {
    private struct First: Job {
        static let kind = "same"
        static let sourceLocation: JobSourceLocation? = JobSourceLocation(fileID: "App/First.swift", line: 12)
        func run() async throws {}
    }

    private struct Second: Job {
        static let kind = "same"
        func run() async throws {}
    }

    private struct Renamed: Job {
        static let kind = "renamed"
        static let aliases = ["old", "older"]
        func run() async throws {}
    }

    private struct Squatter: Job {
        static let kind = "squatter"
        static let aliases = ["older"]
        func run() async throws {}
    }

    private struct Owner: Job {
        static let kind = "older"
        func run() async throws {}
    }

    private struct Echo: Job {
        static let kind = "echo"
        var text: String
        func run() async throws -> String { text }
    }

    private struct Unwritable: Job {
        struct Output: Codable, Sendable {
            struct Refusal: Error {}

            init() {}
            init(from decoder: any Decoder) throws {}
            func encode(to encoder: any Encoder) throws { throw Refusal() }
        }

        static let kind = "unwritable"
        func run() async throws -> Output { Output() }
    }

    @Test("a registry without types knows nothing")
    func empty() throws {
        let registry = try JobRegistry([])
        #expect(registry.kinds.isEmpty)
        #expect(registry["echo"] == nil)
    }

    @Test("a type is found by its kind and its aliases")
    func aliases() throws {
        let registry = try JobRegistry([Renamed.self])
        for kind in ["renamed", "old", "older"] { #expect(registry[kind]?.type == Renamed.self) }
        #expect(registry["Renamed"] == nil)
    }

    @Test("kinds and aliases are listed in order, each once")
    func kinds() throws {
        #expect(try JobRegistry([Renamed.self, Echo.self, Renamed.self]).kinds == ["echo", "old", "older", "renamed"])
    }

    @Test("a type given twice is one type")
    func sameTwice() throws {
        _ = try JobRegistry([Renamed.self, Renamed.self])
    }

    @Test("two types of one kind are refused, and both places named")
    func duplicate() {
        let error = #expect(throws: DuplicateJobKind.self) { try JobRegistry([First.self, Second.self]) }
        #expect(error?.kind == "same")
        #expect(error?.first.hasSuffix("First at App/First.swift:12") == true)
        #expect(error?.second.hasSuffix("Second") == true)
        #expect(error?.description.contains("App/First.swift:12") == true)
    }

    @Test("an alias that is another type's kind is refused, whichever comes first")
    func aliasMeetsKind() {
        let one = #expect(throws: DuplicateJobKind.self) { try JobRegistry([Renamed.self, Owner.self]) }
        let other = #expect(throws: DuplicateJobKind.self) { try JobRegistry([Owner.self, Renamed.self]) }
        #expect(one?.kind == "older")
        #expect(other?.kind == "older")
    }

    @Test("an alias that two types claim is refused")
    func aliasMeetsAlias() {
        let error = #expect(throws: DuplicateJobKind.self) { try JobRegistry([Renamed.self, Squatter.self]) }
        #expect(error?.kind == "older")
    }

    @Test("an entry keeps the options of its type")
    func options() throws {
        let entry = try #require(try JobRegistry([Sample.Configured.self])["Sample.Configured"])
        #expect(entry.options == RunOptions(Sample.Configured.options))
    }

    @Test("an entry reads the arguments, runs the job and encodes its output")
    func runs() async throws {
        let entry = try #require(try JobRegistry([Echo.self])["echo"])
        let completed = try await entry.run(Data(#"{"text":"hello"}"#.utf8))
        #expect(completed.value as? String == "hello")
        #expect(try completed.encoded.get() == Data(#""hello""#.utf8))
    }

    @Test("an output that cannot be encoded does not undo the run")
    func unwritable() async throws {
        let entry = try #require(try JobRegistry([Unwritable.self])["unwritable"])
        let completed = try await entry.run(Data("{}".utf8))
        #expect(throws: Unwritable.Output.Refusal.self) { try completed.encoded.get() }
    }

    @Test(
        "arguments that cannot be read say what is wrong with them",
        arguments: [
            ("{}", "the stored arguments have no 'text'"),
            (#"{"text":5}"#, "the stored argument 'text' is of another type"),
            (#"{"text":null}"#, "the stored argument 'text' is of another type"),
            ("not json", "the stored arguments are not what echo takes"),
        ]
    )
    func undecodable(payload: String, message: String) async throws {
        let entry = try #require(try JobRegistry([Echo.self])["echo"])
        let error = await #expect(throws: UndecodablePayload.self) { try await entry.run(Data(payload.utf8)) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }
}
