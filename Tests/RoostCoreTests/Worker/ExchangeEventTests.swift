import Testing

@testable import RoostCore

@Suite("The events of an exchange")
struct ExchangeEventTests {
    private let job = JobReference(id: JobID(high: 1, low: 0), kind: "work", queue: "default")

    private var succeeded: SettlerStateMachine.Entry {
        SettlerStateMachine.Entry(
            item: SettleItem(job: job.id, token: LeaseToken(1), end: .succeeded(output: nil)),
            event: JobSucceeded(job: job, attempt: 1, duration: .zero)
        )
    }

    private func answer(_ settled: SettleAnswer, _ changes: [JobChange] = []) -> ExchangeAnswer {
        var answer = ExchangeAnswer(now: .distantPast)
        answer.settled = [settled]
        answer.changes = changes
        return answer
    }

    @Test("are those of the worker, once the store has the ends")
    func applied() {
        #expect(answer(.applied).events(of: [succeeded]).map { "\(type(of: $0))" } == ["JobSucceeded"])
        #expect(answer(.stale).events(of: [succeeded]).isEmpty)
    }

    @Test("say how the store ended a job where that is not as the worker told it")
    func otherwise() {
        let failed = JobChange(
            job: job.id,
            kind: job.kind,
            queue: job.queue,
            from: .running,
            to: .failed,
            reason: .error,
            attempt: 1
        )
        #expect(answer(.applied, [failed]).events(of: [succeeded]).map { "\(type(of: $0))" } == ["JobFailed"])
    }
}
