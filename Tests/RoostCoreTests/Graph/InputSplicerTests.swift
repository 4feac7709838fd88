import Testing

@testable import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Splicing of inputs")
struct InputSplicerTests {
    @Test(
        "an output is written as it is, behind the known arguments",
        arguments: [
            ("{}", #"{"a":[1, 2]}"#),
            (" { } \n", #"{"a":[1, 2]}"#),
            (#"{"width":100}"#, #"{"width":100,"a":[1, 2]}"#),
            ("{ \"w\" : 1 }\n", #"{"w" : 1,"a":[1, 2]}"#),
        ]
    )
    func output(arguments: String, expected: String) throws {
        #expect(try splice(arguments, ["a": .output(position: 0)], [succeeded(0, "[1, 2]")]) == expected)
    }

    @Test("arguments without openings stay as they are")
    func none() throws {
        #expect(try splice(" {} ", [:], []) == " {} ")
    }

    @Test("openings are written by key")
    func order() throws {
        let openings: [String: InputSource] = [
            "c": .output(position: 0), "a": .output(position: 1), "b": .output(position: 0),
        ]
        #expect(try splice("{}", openings, [succeeded(1, "1"), succeeded(0, "0")]) == #"{"a":1,"b":0,"c":0}"#)
    }

    @Test(
        "keys of any characters are read back as they were",
        arguments: ["größe", "日本", "a\"b\\c", "\u{1}\n\t", "👩‍👩‍👧", ""]
    )
    func keys(key: String) throws {
        let text = try splice(#"{"known":0}"#, [key: .output(position: 0)], [succeeded(0, "5")])
        #expect(try PayloadCodec.decode([String: Int].self, from: Data(text.utf8)) == ["known": 0, key: 5])
    }

    @Test("outputs become an array in the order of positions, from the first on")
    func outputs() throws {
        let inputs = [succeeded(2, "2"), succeeded(1, "1"), succeeded(0, "0"), succeeded(3, "3")]
        #expect(try splice("{}", ["a": .outputs(first: 1, count: 2)], inputs) == #"{"a":[1,2]}"#)
    }

    @Test("outputs of no parents are an empty array")
    func noOutputs() throws {
        #expect(try splice("{}", ["a": .outputs(first: 0, count: 0)], []) == #"{"a":[]}"#)
    }

    @Test("a slice of data whose indices do not begin at zero is read right")
    func slice() throws {
        let data = Data("xx{\"k\":1}".utf8).dropFirst(2)
        let result = try InputSplicer.splice(data, openings: ["a": .output(position: 0)], inputs: [succeeded(0, "2")])
        #expect(String(decoding: result, as: UTF8.self) == #"{"k":1,"a":2}"#)
    }

    @Test("a failure is the JobFailure that its parent's handle would throw")
    func failure() throws {
        let text = try splice("{}", ["error": .failure(position: 0)], [failed(0, .failed)])
        let alert = try PayloadCodec.decode(Alert.self, from: Data(text.utf8))
        #expect(alert.error == failure(0, .failed))
    }

    @Test("outcomes are read as JobOutcome, and are the bytes that it encodes to")
    func outcomes() throws {
        let inputs = [
            succeeded(0, #"{"text":"a"}"#), failed(1, .cancelled), failed(2, .skipped), succeeded(3, #"{"text":"b"}"#),
        ]
        let text = try splice("{}", ["outcomes": .outcomes(first: 0, count: 4)], inputs)
        let expected: [JobOutcome<Page>] = [
            .succeeded(Page(text: "a")), .failed(failure(1, .cancelled)), .failed(failure(2, .skipped)),
            .succeeded(Page(text: "b")),
        ]
        #expect(try PayloadCodec.decode(Report.self, from: Data(text.utf8)).outcomes == expected)
        #expect(text == String(decoding: try PayloadCodec.encode(Report(outcomes: expected)), as: UTF8.self))
    }

    @Test("a single outcome is read as JobOutcome")
    func outcome() throws {
        let openings: [String: InputSource] = ["page": .outcome(position: 0), "count": .outcome(position: 1)]
        let text = try splice("{}", openings, [failed(0, .expired), succeeded(1, "4")])
        let job = try PayloadCodec.decode(Compare.self, from: Data(text.utf8))
        #expect(job.page == .failed(failure(0, .expired)))
        #expect(job.count == .succeeded(4))
    }

    @Test("failures leave out the parents that succeeded")
    func failures() throws {
        let inputs = [failed(0, .failed), succeeded(1, nil), failed(2, .expired)]
        let text = try splice("{}", ["failures": .failures(first: 0, count: 3)], inputs)
        let job = try PayloadCodec.decode(Mourn.self, from: Data(text.utf8))
        #expect(job.failures == [failure(0, .failed), failure(2, .expired)])
        #expect(try splice("{}", ["a": .failures(first: 1, count: 1)], inputs) == #"{"a":[]}"#)
    }

    @Test("10,000 inputs are spliced in linear time")
    func many() throws {
        let inputs = (0..<10_000).map { succeeded(Int32($0), "\($0)") }
        let clock = ContinuousClock()
        var text = ""
        let time = try clock.measure { text = try splice("{}", ["a": .outputs(first: 0, count: 10_000)], inputs) }
        #expect(try PayloadCodec.decode([String: [Int]].self, from: Data(text.utf8)) == ["a": Array(0..<10_000)])
        #expect(time < .seconds(5))
    }

    @Test("the positions to ask the store for")
    func positions() {
        #expect(InputSplicer.positionCount(of: [:]) == 0)
        #expect(InputSplicer.positionCount(of: ["a": .output(position: 4), "b": .outputs(first: 0, count: 3)]) == 5)
        #expect(InputSplicer.positionCount(of: ["b": .outputs(first: 2, count: -3)]) == 2)
    }

    @Test("a missing value is told with its argument and its parent")
    func missing() {
        expect(.notSucceeded(.failed, message: "no answer"), .output(position: 0), [failed(0, .failed)])
        expect(
            .notSucceeded(.skipped, message: "no answer"),
            .outputs(first: 0, count: 2),
            [succeeded(0, "1"), failed(1, .skipped)]
        )
        expect(.void, .output(position: 0), [succeeded(0, nil)])
        expect(.void, .outcomes(first: 0, count: 1), [succeeded(0, nil)])
        expect(.forgotten, .outcome(position: 0), [JobInputRecord(position: 0, parent: id(0), outcome: nil)])
        expect(.succeeded, .failure(position: 0), [succeeded(0, "1")])
        expect(.noParent, .output(position: 1), [succeeded(0, "1")])
        expect(.noParent, .outputs(first: 0, count: 3), [succeeded(0, "1"), succeeded(2, "1")])
        #expect(throws: InputMissing(key: "a", reason: .noObject)) {
            try splice("[]", ["a": .output(position: 0)], [succeeded(0, "1")])
        }
    }

    @Test("the message says which job left no value, and why")
    func message() throws {
        let error = #expect(throws: InputMissing.self) {
            try splice("{}", ["a": .output(position: 0)], [failed(0, .failed)])
        }
        #expect(error?.description == "the argument 'a' is missing: job \(id(0)) (Fetch) failed: no answer")
    }

    private func expect(
        _ reason: InputMissing.Reason,
        _ source: InputSource,
        _ inputs: [JobInputRecord],
        at location: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: InputMissing.self, sourceLocation: location) {
            try splice("{}", ["a": source], inputs)
        }
        #expect(error?.reason == reason, sourceLocation: location)
        #expect(error?.key == "a", sourceLocation: location)
    }

    private func splice(
        _ arguments: String,
        _ openings: [String: InputSource],
        _ inputs: [JobInputRecord]
    ) throws -> String {
        let data = try InputSplicer.splice(Data(arguments.utf8), openings: openings, inputs: inputs)
        return String(decoding: data, as: UTF8.self)
    }

    private func id(_ position: Int32) -> JobID { JobID(high: 7, low: UInt64(position)) }

    private func succeeded(_ position: Int32, _ output: String?) -> JobInputRecord {
        let outcome = StoredOutcome(
            state: .succeeded,
            output: output.map { Data($0.utf8) },
            kind: "Fetch",
            attempt: 1,
            finishedAt: Timestamp(microseconds: 0)
        )
        return JobInputRecord(position: position, parent: id(position), outcome: outcome)
    }

    private func failed(_ position: Int32, _ state: JobState) -> JobInputRecord {
        let outcome = StoredOutcome(
            state: state,
            failure: FailureRecord(reason: .error, errorType: "", message: "no answer"),
            kind: "Fetch",
            attempt: 2,
            finishedAt: Timestamp(microseconds: 0)
        )
        return JobInputRecord(position: position, parent: id(position), outcome: outcome)
    }

    private func failure(_ position: Int32, _ state: JobState) -> JobFailure {
        JobFailure(job: id(position), kind: "Fetch", state: state, reason: .error, message: "no answer", attempts: 2)
    }
}
