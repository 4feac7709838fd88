import Foundation
import RoostCore
import Testing

@testable import RoostCommands

@Suite struct JobReportTests {
    private let start = Timestamp(microseconds: 1_795_453_740_000_000)

    private var report: JobReport {
        let failure = FailureRecord(reason: .error, errorType: "App.Late", message: "no\nanswer", stack: "#0 a\n#1 b")
        let job = JobSnapshot(
            id: JobID(high: 1, low: 2),
            kind: "Mailer.send",
            queue: "mail",
            state: .failed,
            priority: 3,
            attempt: 2,
            failures: 2,
            claims: 3,
            enqueuedAt: start,
            finishedAt: start + .seconds(60),
            payload: Payload(bytes: Data(#"{"to":"\u001b[2J","n":12345678901234567890}"#.utf8)),
            headers: ["b": "2", "a": "1"],
            enqueuedBy: "web-1:7",
            failure: failure
        )
        let attempts = (1...2).map { AttemptRecord(attempt: $0, failure: failure, worker: WorkerID(9), endedAt: start) }
        return JobReport(job: job, attempts: attempts, now: start + .seconds(180))
    }

    @Test("text tells the state, the attempts, the errors and the arguments, and steers no terminal")
    func text() {
        let text = report.text
        for part in [
            "kind      Mailer.send", "state     failed (error)", "attempts  2 (2 failures, claimed 3 times)",
            "error     App.Late: no\\nanswer", "(3 minutes ago), by web-1:7", "headers   a=1, b=2",
            "  1.  \(start)  App.Late: no\\nanswer", "      #1 b", "\"n\": 12345678901234567890",
        ] { #expect(text.contains(part), "\(part) in\n\(text)") }
        #expect(!text.contains("\u{1B}"))
    }

    @Test("JSON has every key, and the stored values as they are")
    func json() throws {
        let json = try JSONParser.parse(JSONWriter.pretty(report.json))
        #expect(json["state"] == "failed")
        #expect(json["attempts"] == 2)
        #expect(json["result"] == .null)
        #expect(json["arguments"]?["n"] == .number("12345678901234567890"))
        #expect(json["error"]?["type"] == "App.Late")
        #expect(json["error"]?["stack"] == "#0 a\n#1 b")
        guard case .array(let errors)? = json["errors"] else { throw CommandError("there are no errors") }
        #expect(errors.count == 2)
        #expect(errors.last?["attempt"] == 2)
    }

    @Test("bytes that are not JSON are told of, not shown")
    func bytes() {
        #expect(JobReport.value(of: Data([0xFF, 0]))?.article == "a string")
        #expect(JobReport.value(of: Data("3".utf8)) == 3)
        #expect(JobReport.value(of: nil) == nil)
    }
}
