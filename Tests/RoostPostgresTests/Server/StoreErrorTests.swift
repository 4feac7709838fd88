import RoostCore
import RoostPostgresClient
import Testing

@testable import RoostPostgres

@Suite("What an error of a Postgres server means, in words")
struct StoreErrorTests {
    private func told(_ state: String, detail: String? = nil, hint: String? = nil) -> StoreError {
        .from(.server(PostgresServerError(state: state, message: "it said", detail: detail, hint: hint)), at: "db")
    }

    @Test("a lock that lasts is told apart from a call that somebody ended")
    func busy() {
        let lock = told("55P03")
        let cancel = told("57014")
        #expect(lock.code == .busy && cancel.code == .busy)
        #expect(lock.message.contains("holds a lock") && lock.message.contains("pg_blocking_pids"))
        #expect(!cancel.message.contains("lock") && cancel.message.contains("statement_timeout"))
    }

    @Test("what a function of Roost's advises is told too, and which job is at fault")
    func rejected() {
        let error = told("RO001", detail: "3", hint: "Write it so.")
        #expect(error == StoreError(.rejected, "it said. Write it so.", item: 3))
        #expect(told("RO001", detail: "-1") == StoreError(.rejected, "it said"))
    }

    @Test("a process whose connections are all in use is told so, and what to do")
    func exhausted() {
        let all = StoreError.from(.poolExhausted(connections: 8, after: .seconds(30)), at: "db")
        #expect(all.code == .unavailable)
        #expect(all.message.contains("all 8 connections of this process were in use for 30.0 seconds"))
        #expect(all.message.contains("raise connections="))
        let one = StoreError.from(.poolExhausted(connections: 1, after: .seconds(30)), at: "db")
        #expect(one.message.contains("the one connection of this process was in use"))
    }

    @Test(
        "of a transaction that was lost only the commit may have been done",
        arguments: [
            (.unknownFate("it broke"), "it broke"), (.unreachable("it is gone"), "it is gone"),
            (.timedOut(after: .seconds(30), mayHaveRun: true), "no answer within 30.0 seconds"),
        ] as [(PostgresError, String)]
    )
    func lost(error: PostgresError, reason: String) {
        let before = StoreError.lostTransaction(error, at: "db")
        let within = StoreError.lostCommit(error, at: "db")
        #expect(before.code == .unavailable && within.code == .unavailable)
        #expect(before.message.contains("nothing was done") && before.message.contains(reason))
        #expect(within.message.contains("may have been done") && within.message.contains(reason))
    }
}
