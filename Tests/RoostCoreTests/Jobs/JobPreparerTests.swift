import Foundation
import Testing

@testable import RoostCore

@Suite("JobPreparer")
struct JobPreparerTests {
    private struct Text: Job {
        var text: String
        func run() async throws {}
    }

    private struct Stubborn: Job {
        struct Refusal: Error {}

        func encode(to encoder: any Encoder) throws { throw Refusal() }
        func run() async throws {}
    }

    private struct Nothing: Job {
        func run() async throws {}
    }

    /// Without stored properties, and yet with something to say.
    private struct Version: Job {
        func encode(to encoder: any Encoder) throws { try ["version": 2].encode(to: encoder) }
        init(from decoder: any Decoder) throws {}
        init() {}
        func run() async throws {}
    }

    private let preparer = JobPreparer(enqueuedBy: "web-1:4711")

    @Test("a job is stored with all its options")
    func options() throws {
        let request = Sample.Plain(number: 7).queue("mail").priority(3).delayed(by: .seconds(4)).expires(
            after: .hours(1)
        )
        .retention(.hours(5)).maxCrashes(6).header("tenant", "x")
        let job = try preparer.newJob(for: request)
        #expect(
            job
                == NewJob(
                    id: job.id,
                    kind: "Sample.Plain",
                    queue: "mail",
                    priority: 3,
                    start: .after(.seconds(4)),
                    expiry: .after(.hours(1)),
                    retention: .hours(5),
                    maxCrashes: 6,
                    payload: Payload(bytes: Data(#"{"number":7}"#.utf8)),
                    headers: ["tenant": "x"],
                    enqueuedBy: "web-1:4711"
                )
        )
    }

    @Test("each job has an id of its own, later than the one before")
    func ids() throws {
        let first = try preparer.newJob(for: Sample.Plain().request)
        let second = try preparer.newJob(for: Sample.Plain().request)
        #expect(first.id < second.id)
    }

    @Test("a job without arguments is stored as its type encodes it, the first time and later")
    func noArguments() throws {
        for _ in 0..<2 {
            #expect(try preparer.newJob(for: Nothing().request).payload.bytes == Data("{}".utf8))
            #expect(try preparer.newJob(for: Version().request).payload.bytes == Data(#"{"version":2}"#.utf8))
        }
    }

    @Test("a job of a graph carries the graph's id")
    func graph() throws {
        let graph = JobID()
        #expect(try preparer.newJob(for: Sample.Plain().request, graph: graph).graph == graph)
    }

    @Test("the worker's options are not stored where they equal those of the type")
    func equalOptions() throws {
        #expect(try preparer.newJob(for: Sample.Configured().request).options == nil)
        #expect(try preparer.newJob(for: Sample.Configured().retries(4).timeout(.seconds(9))).options == nil)
    }

    @Test("options that the store itself keeps are not stored for the worker")
    func storeOptions() throws {
        #expect(try preparer.newJob(for: Sample.Configured().priority(9).queue("x").retention(.zero)).options == nil)
    }

    @Test("the worker's options are stored where one differs, and read as the same")
    func differentOptions() throws {
        for request in [
            Sample.Configured().retries(5), Sample.Configured().timeout(.seconds(1)),
            Sample.Configured().backoff(.delays([.seconds(1), .zero])),
        ] {
            let stored = try #require(try preparer.newJob(for: request).options)
            #expect(try PayloadCodec.decode(RunOptions.self, from: stored) == RunOptions(request.options))
        }
    }

    @Test("open arguments are stored for the worker")
    func openings() throws {
        let job = try preparer.newJob(
            JobTypeFacts<Sample.Plain>(),
            arguments: Data("{}".utf8),
            options: JobOptions(),
            openings: ["number": .output(position: 2)],
            graph: nil
        )
        let stored = try #require(job.options)
        #expect(try PayloadCodec.decode(RunOptions.self, from: stored).openings == ["number": .output(position: 2)])
    }

    @Test("a unique job is stored with its key, period and states")
    func unique() throws {
        let job = try preparer.newJob(for: Sample.Plain().unique(by: "a", for: .hours(1), while: [.ready]))
        #expect(job.unique == UniqueKey(key: "Sample.Plain\u{1}a", period: .hours(1), states: [.ready]))
    }

    @Test("options that cannot be meant are refused")
    func invalidOptions() {
        #expect(throws: InvalidJobOption.self) { try preparer.newJob(for: Sample.Plain().retries(-1)) }
    }

    @Test("arguments may take as many bytes as are allowed")
    func payloadAtLimit() throws {
        var preparer = preparer
        preparer.maxPayload = #"{"text":"abc"}"#.utf8.count
        #expect(try preparer.newJob(for: Text(text: "abc").request).payload.bytes.count == preparer.maxPayload)
    }

    @Test("arguments that take more bytes are refused, with both numbers")
    func payloadTooLarge() throws {
        var preparer = preparer
        preparer.maxPayload = 14
        let error = #expect(throws: PayloadTooLarge.self) { try preparer.newJob(for: Text(text: "abcd").request) }
        #expect(error == PayloadTooLarge(kind: Text.kind, bytes: 15, limit: 14))
        #expect(error?.description.contains("take 15 bytes, and the queue allows 14") == true)
    }

    @Test("arguments that cannot be encoded say of which kind they are, and why")
    func encodingError() {
        let error = #expect(throws: JobEncodingError.self) { try preparer.newJob(for: Stubborn().request) }
        #expect(error?.kind == Stubborn.kind)
        #expect(error?.underlying is Stubborn.Refusal)
    }
}
