import Testing

@testable import RoostPostgresClient

@Suite(.timeLimit(.minutes(2))) struct JudgeTests {
    private func server(_ state: String) -> CallFailure { .server(.init(state: state, message: "m")) }

    private func name(_ failure: CallFailure, _ resend: PostgresResend) -> String {
        switch FailureJudge.verdict(failure, resend, timeout: .seconds(1)) {
        case .fail: "fail"
        case .again: "again"
        case .againElsewhere: "elsewhere"
        }
    }

    @Test(
        "what was undone is tried again, whatever the call",
        arguments: ["40001", "40P01", "55P03", "57P03", "53300"]
    )
    func transient(state: String) {
        #expect(name(server(state), .safe) == "again")
        #expect(name(server(state), .never) == "again")
    }

    @Test("a server that only reads is left for another")
    func readOnly() {
        #expect(name(server("25006"), .never) == "elsewhere")
    }

    @Test("what the statement is to blame for is not tried again", arguments: ["23505", "42601", "57014", "22P02"])
    func statements(state: String) {
        #expect(name(server(state), .safe) == "fail")
    }

    @Test("a call that was lost on its way is sent again where that is safe")
    func lost() {
        #expect(name(.lost("x"), .safe) == "again")
        #expect(FailureJudge.verdict(.lost("x"), .never, timeout: .zero) == .fail(.unknownFate("x")))
        #expect(name(.notSent("x"), .never) == "again")
        #expect(name(.timedOut(mayHaveRun: false), .safe) == "fail")
    }

    @Test("the check's error is final, but for one that passes")
    func check() {
        struct Outdated: Error {}
        #expect(FailureJudge.final(Outdated()) == .checkFailed(Outdated()))
        #expect(FailureJudge.final(PostgresError.unreachable("x")) == nil)
        #expect(FailureJudge.final(PostgresError.server(.init(state: "40001", message: ""))) == nil)
        let refusal = PostgresError.server(.init(state: "42501", message: ""))
        #expect(FailureJudge.final(refusal) == refusal)
    }

    @Test("a call is tried until there is no time left, and then says what was wrong last")
    func retries() throws {
        let start = ContinuousClock.now
        var retries = CallRetries(timeout: .seconds(1), resend: .never, now: start)
        #expect(try retries.next(after: server("40001"), now: start, chance: 0).delay == .milliseconds(5))
        #expect(try retries.next(after: server("40001"), now: start, chance: 1).delay == .milliseconds(20))
        #expect(try retries.next(after: server("25006"), now: start, chance: 1).isElsewhere)
        let late = start + .milliseconds(990)
        let error = #expect(throws: PostgresError.self) {
            try retries.next(after: server("40P01"), now: late, chance: 1)
        }
        #expect(error?.state == "40P01")
    }

    @Test("once a try was lost, nothing of it is said to be undone")
    func lostOnce() throws {
        let start = ContinuousClock.now
        var retries = CallRetries(timeout: .seconds(1), resend: .safe, now: start)
        #expect(retries.told(.unreachable("x")) == .unreachable("x"))
        _ = try retries.next(after: .lost("x"), now: start, chance: 0)
        #expect(retries.told(.unreachable("x")) == .timedOut(after: .seconds(1), mayHaveRun: true))
        #expect(retries.told(.refused("x")) == .refused("x"))
        #expect(throws: PostgresError.server(.init(state: "23505", message: "m"))) {
            try retries.next(after: server("23505"), now: start, chance: 0)
        }
    }

    @Test(
        "once a try was lost, what the server cannot do now says nothing of it",
        arguments: ["40001", "55P03", "25006", "53100", "57014"]
    )
    func lostBefore(state: String) throws {
        let start = ContinuousClock.now
        var retries = CallRetries(timeout: .seconds(1), resend: .safe, now: start)
        let error = PostgresError.server(.init(state: state, message: "m"))
        #expect(retries.told(error) == error)
        _ = try retries.next(after: .lost("x"), now: start, chance: 0)
        #expect(retries.told(error) == .unknownFate("\(error)"))
    }

    @Test("a call that waits for a lock until it is over says so")
    func lock() throws {
        let start = ContinuousClock.now
        var retries = CallRetries(timeout: .seconds(1), resend: .never, now: start)
        let late = start + .milliseconds(750)
        _ = try retries.next(after: server("55P03"), now: late, chance: 0)
        let error = #expect(throws: PostgresError.self) {
            try retries.next(after: .timedOut(mayHaveRun: false), now: start + .seconds(1), chance: 0)
        }
        #expect(error?.state == "55P03")
    }

    @Test("the waits double up to a cap, and half of them is chance")
    func backoff() {
        let backoff = ReconnectBackoff(first: .milliseconds(10), cap: .seconds(1))
        #expect(backoff.delay(afterFailure: 1, chance: 0) == .milliseconds(5))
        #expect(backoff.delay(afterFailure: 1, chance: 1) == .milliseconds(10))
        #expect(backoff.delay(afterFailure: 3, chance: 1) == .milliseconds(40))
        #expect(backoff.delay(afterFailure: 1000, chance: 1) == .seconds(1))
    }
}

@Suite(.timeLimit(.minutes(2))) struct OutageNewsTests {
    @Test("an outage is told once, and its end once, whatever is found out late")
    func once() {
        var news = OutageNews()
        let words = [
            news.isReturn(by: 1), news.isLoss(of: 1), news.isLoss(of: 2), news.isLoss(of: 3), news.isReturn(by: 4),
            news.isLoss(of: 2), news.isReturn(by: 5), news.isLoss(of: 4), news.isReturn(by: 6),
        ]
        #expect(words == [false, true, false, false, true, false, false, true, true])
    }
}

@Suite(.timeLimit(.minutes(2))) struct ConnectFailureTests {
    @Test("what libpq says becomes one line")
    func line() {
        let failure = ConnectFailure(
            words: """
                connection to server at "127.0.0.1", port 1 failed: Connection refused
                \tIs the server running on that host and accepting TCP/IP connections?

                """
        )
        #expect(failure.message == #"connection to server at "127.0.0.1", port 1 failed: Connection refused"#)
        #expect(!failure.isFinal)
    }

    @Test(
        "who it is and what it asks for is final, how the server is not",
        arguments: [
            ("28P01", true), ("28000", true), ("3D000", true), ("42501", true), ("57P03", false), ("53300", false),
            ("57P01", false), ("08006", false),
        ]
    )
    func states(state: String, isFinal: Bool) {
        let words = "connection to server at \"a\", port 1 failed: FATAL:  \(state): the reason\nLOCATION:  f, a.c:1\n"
        #expect(ConnectFailure(words: words).isFinal == isFinal)
        #expect(ConnectFailure(words: words).message.hasSuffix("\(state): the reason"))
        #expect(ConnectFailure(words: words.replacing("FATAL", with: "SCHWERWIEGEND")).isFinal == isFinal)
    }

    @Test("all hosts have to refuse for good, and each is named once")
    func hosts() {
        let (dead, refused) = (
            ConnectFailure(message: "a: dead", isFinal: false), ConnectFailure(message: "b: no", isFinal: true)
        )
        #expect(ConnectFailure([dead, refused, dead]) == ConnectFailure(message: "a: dead; b: no", isFinal: false))
        #expect(ConnectFailure([refused]).isFinal)
    }

    @Test("another protocol is told from Postgres")
    func foreign() {
        let failure = ConnectFailure(words: "expected authentication request from server, but received H\n")
        #expect(failure.isFinal)
        #expect(failure.message.contains("no Postgres server"))
    }
}
