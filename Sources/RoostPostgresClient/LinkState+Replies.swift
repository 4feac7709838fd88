internal import CLibPQ
internal import DequeModule

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// What the thread of a connection does.
extension LinkState {
    /// What is to be done without the lock.
    struct Outcome: Sendable {
        var answers: [(caller: CheckedContinuation<Submission.Answer, Never>, answer: Submission.Answer)] = []
        var notifications: [(channel: String, payload: String)] = []
        var cancel: CancelRequest?
        /// It has ended, and why.
        var ended: String?
        var endWaiters: [CheckedContinuation<Void, Never>] = []
    }

    struct Interests: Sendable {
        var descriptor: Int32
        var events: Int16
        /// nil: for ever.
        var limit: Duration?
    }

    /// What was decrypted already no `poll` tells of, and libpq does not say whether there is any. So after something
    /// came, an encrypted connection is looked at again.
    private static let patience = Duration.milliseconds(10)
    /// For the answer to a cancel.
    private static let grace = Duration.seconds(1)

    /// - Parameter didRead: something came just before.
    mutating func interests(didRead: Bool, now: Instant) -> Interests {
        // That of the last call is good for the next, whose own is later: it need not wake the thread.
        nextLook = exchange?.deadline ?? nextLook.flatMap { $0 > now ? $0 : nil }
        guard let connection, ending == nil else { return Interests(descriptor: -1, events: 0, limit: .zero) }
        var limit = nextLook.map { max(now.duration(to: $0), .zero) }
        if didRead, exchange != nil, PQsslInUse(connection) == 1 || PQgssEncInUse(connection) == 1 {
            limit = min(limit ?? Self.patience, Self.patience)
        }
        let events = hasRest ? POLLIN | POLLOUT : POLLIN
        return Interests(descriptor: PQsocket(connection), events: Int16(events), limit: limit)
    }

    mutating func look(now: Instant) -> Outcome {
        var outcome = Outcome()
        guard let connection else { return outcome }
        if ending == nil {
            // Also while there is a rest to write: the server may write itself until somebody reads.
            let isOpen = PQconsumeInput(connection) == 1
            if isOpen, hasRest { flush(connection) }
            takeResults(connection, &outcome)
            takeNotifications(connection, &outcome)
            if !isOpen || PQstatus(connection) == CONNECTION_BAD { ending = ending ?? Self.words(connection) }
            if ending == nil { keepTime(connection, now, &outcome) }
        }
        if let ending { finish(connection, ending, &outcome) }
        return outcome
    }

    private mutating func takeResults(_ connection: OpaquePointer, _ outcome: inout Outcome) {
        var endsInRow = 0
        // The results of each query end with a nil.
        while exchange != nil, endsInRow < 2, PQisBusy(connection) == 0 {
            guard let result = PQgetResult(connection) else {
                endsInRow += 1
                continue
            }
            endsInRow = 0
            take(result, connection, &outcome)
        }
    }

    private mutating func take(_ result: OpaquePointer, _ connection: OpaquePointer, _ outcome: inout Outcome) {
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            if let (key, name) = exchange?.took(PostgresResult(result)) { statements.add(key, name: name) }
            return
        case PGRES_PIPELINE_SYNC: exchangeEnded(connection, &outcome)
        case PGRES_PIPELINE_ABORTED: exchange?.skipped()
        case PGRES_FATAL_ERROR:
            if let error = PostgresServerError(result) {
                exchange?.failed(error)
            } else {
                ending = ending ?? Self.words(connection)
            }
        default: ending = ending ?? "a statement that copies has no place here"
        }
        PQclear(result)
    }

    private mutating func exchangeEnded(_ connection: OpaquePointer, _ outcome: inout Outcome) {
        guard let done = exchange else { return }
        exchange = nil
        outcome.answers.append((done.submission.continuation, done.answer))
        // The cancel might come yet, and hit another call.
        if done.isCancelled { ending = ending ?? "a call took too long" }
        while ending == nil, exchange == nil, let next = waiting.popFirst() {
            if let answer = send(next, connection).answer { outcome.answers.append((next.continuation, answer)) }
        }
    }

    private func takeNotifications(_ connection: OpaquePointer, _ outcome: inout Outcome) {
        while let notification = PQnotifies(connection) {
            defer { PQfreemem(notification) }
            guard let channel = notification.pointee.relname, let payload = notification.pointee.extra else { continue }
            outcome.notifications.append((String(cString: channel), String(cString: payload)))
        }
    }

    private mutating func keepTime(_ connection: OpaquePointer, _ now: Instant, _ outcome: inout Outcome) {
        guard let deadline = exchange?.deadline, now >= deadline else { return }
        if exchange?.isCancelled == false, !hasRest, let cancel = PQgetCancel(connection) {
            outcome.cancel = CancelRequest(cancel)
            exchange?.deadline = now + Self.grace
        } else {
            ending = "a call took too long"
        }
        exchange?.isCancelled = true
    }

    private mutating func finish(_ connection: OpaquePointer, _ reason: String, _ outcome: inout Outcome) {
        PQfinish(connection)
        self.connection = nil
        if let exchange {
            outcome.answers.append((exchange.submission.continuation, exchange.answer(lost: reason, isSent: !hasRest)))
        }
        for submission in waiting { outcome.answers.append((submission.continuation, .failure(.notSent(reason)))) }
        outcome.ended = reason
        outcome.endWaiters = endWaiters
        (exchange, waiting, endWaiters) = (nil, [], [])
    }
}

extension PostgresServerError {
    /// nil: it is libpq that failed.
    init?(_ result: OpaquePointer) {
        func field(_ code: UnicodeScalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        guard let state = field("C") else { return nil }
        self.init(
            state: state,
            message: field("M") ?? "",
            detail: field("D"),
            hint: field("H"),
            constraint: field("n") ?? field("t")
        )
    }
}
