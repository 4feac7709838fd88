import Testing

@testable import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Outcomes")
struct JobOutcomeTests {
    let failure = JobFailure(
        job: JobID(high: 1, low: 2),
        kind: "Fetch",
        state: .expired,
        reason: .expired,
        message: "too late",
        attempts: 0
    )

    @Test("the JSON form of a success")
    func succeeded() throws {
        let outcome = JobOutcome.succeeded(Page(text: "é"))
        let data = try PayloadCodec.encode(outcome)
        #expect(String(decoding: data, as: UTF8.self) == #"{"succeeded":{"text":"é"}}"#)
        #expect(try PayloadCodec.decode(JobOutcome<Page>.self, from: data) == outcome)
    }

    @Test("the JSON form of a failure")
    func failed() throws {
        let outcome = JobOutcome<Page>.failed(failure)
        let data = try PayloadCodec.encode(outcome)
        #expect(String(decoding: data, as: UTF8.self).hasPrefix(#"{"failed":{"attempts":0,"#))
        #expect(try PayloadCodec.decode(JobOutcome<Page>.self, from: data) == outcome)
    }

    @Test("an output that is nil is still a success")
    func optional() throws {
        let data = try PayloadCodec.encode(JobOutcome<Int?>.succeeded(nil))
        #expect(String(decoding: data, as: UTF8.self) == #"{"succeeded":null}"#)
        #expect(try PayloadCodec.decode(JobOutcome<Int?>.self, from: data) == .succeeded(nil))
    }

    @Test("get returns the output or throws the failure")
    func get() throws {
        #expect(try JobOutcome.succeeded(3).get() == 3)
        #expect(throws: failure) { try JobOutcome<Int>.failed(failure).get() }
        #expect(JobOutcome.succeeded(3).output == 3)
        #expect(JobOutcome<Int>.failed(failure).failure == failure)
    }
}
