import RoostCore
import RoostPostgresClient

extension StoreError {
    /// Says what an error of the server, or of the way to it, means and what to do about it. The one place where they are told
    /// apart.
    static func from(_ error: PostgresError, at name: String) -> StoreError {
        switch error {
        case .server(let error): server(error, at: name)
        case .refused(let reason): StoreError(.unavailable, "\(name): \(reason)")
        case .unreachable(let reason) where reason.contains("53300: "):
            StoreError(.unavailable, "\(name) \(noneLeft). It said: \(reason)")
        case .unreachable(let reason): StoreError(.unavailable, "\(name) cannot be reached: \(reason)")
        case .timedOut(let limit, let mayHaveRun):
            StoreError(
                .unavailable,
                "\(name) did not answer within \(limit)\(mayHaveRun ? ": what was asked for may have been done" : "")"
            )
        case .unknownFate(let reason):
            StoreError(.unavailable, "\(name) was lost during the call, which may have been done: \(reason)")
        case .poolExhausted:
            StoreError(
                .unavailable,
                "\(name): \(error). If the server answers, raise connections= in the URL, or make transactions shorter"
            )
        case .unexpectedAnswer(let what): StoreError(.broken, "\(name) answered what it must not: \(what)")
        case .checkFailed(let cause): cause as? StoreError ?? StoreError(.unavailable, "\(name): \(cause)")
        case .closed: StoreError(.closed, "the store was closed")
        }
    }

    /// The connection of a transaction was lost before its commit, so that the server undoes it, whatever it was doing.
    static func lostTransaction(_ error: PostgresError, at name: String) -> StoreError {
        StoreError(
            .unavailable,
            "\(name) was lost during the transaction, of which nothing was done: \(reason(of: error))"
        )
    }

    /// The connection of a transaction was lost in its commit.
    static func lostCommit(_ error: PostgresError, at name: String) -> StoreError {
        StoreError(
            .unavailable,
            "\(name) was lost while the transaction was committed, which may have been done: \(reason(of: error))"
        )
    }

    private static func reason(of loss: PostgresError) -> String {
        switch loss {
        case .unknownFate(let reason), .unreachable(let reason): reason
        case .timedOut(let limit, _): "no answer within \(limit), the timeout= of its URL"
        default: "\(loss)"
        }
    }

    private static func server(_ error: PostgresServerError, at name: String) -> StoreError {
        let said = [error.message, error.detail, error.hint].compactMap(\.self).joined(separator: ". ")
        switch error.state {
        case "RO001":
            let item = error.detail.flatMap { Int($0) }
            let words = [error.message, error.hint].compactMap(\.self).joined(separator: ". ")
            return StoreError(.rejected, words, item: item.flatMap { $0 < 0 ? nil : $0 })
        case "25006": return StoreError(.readOnly, "\(name) takes no writes: it is a standby, or set to read only")
        case "53100": return StoreError(.full, "the disk of \(name) is full: nothing of the call was stored. \(said)")
        case "53200": return StoreError(.full, "\(name) is out of memory: nothing of the call was stored. \(said)")
        case "53300":
            return StoreError(.unavailable, "\(name) \(noneLeft)")
        case "55P03":
            return StoreError(
                .busy,
                """
                \(name): another transaction holds a lock for longer than the store waits. \(said). While calls wait, \
                SELECT pid, pg_blocking_pids(pid), query FROM pg_stat_activity WHERE wait_event_type = 'Lock' tells who holds it
                """
            )
        case "57014":
            return StoreError(
                .busy,
                """
                \(name): the call was ended on the server: \(said). Somebody cancelled it (pg_cancel_backend), or, with \
                prepare=false, a statement_timeout of the server, the user or the database is shorter than the URL's timeout=
                """
            )
        case "40001", "40P01":
            return StoreError(.busy, "\(name): other transactions were in the way, again and again. \(said)")
        case "42501":
            return StoreError(
                .unavailable,
                "\(name) does not allow this user what Roost needs: \(said). The page \"Postgres\" of the guide has the grants."
            )
        case "42P01", "42883", "42704", "3F000":
            return StoreError(.unavailable, "\(name) lacks a part of Roost's schema: \(said). Run 'roost migrate'.")
        case "XX001", "XX002": return StoreError(.corrupt, "\(name) has damaged data: \(said)")
        default:
            return StoreError(
                passing.contains(String(error.state.prefix(2))) ? .unavailable : .broken,
                "\(name): \(said) (\(error.state))"
            )
        }
    }

    private static let noneLeft =
        "has no connection left: raise its max_connections, lower connections= of the URL, or put a pooler before it"

    /// The classes of errors that come from the server's state rather than from what was asked: connections, transactions, objects in
    /// use, resources, an operator, the system, and the server's own faults. A worker goes on after them.
    private static let passing: Set<String> = ["08", "25", "40", "53", "55", "57", "58", "XX"]
}
