internal import CLibPQ
internal import DequeModule

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A connection of libpq, and what is on its way by it. Who has the lock of it may call these; none blocks.
struct LinkState {
    typealias Instant = ContinuousClock.Instant

    /// nil once it has ended.
    var connection: OpaquePointer?
    var exchange: Exchange?
    var waiting = Deque<Submission>()
    var statements = PreparedStatements()
    private let prepares: Bool
    /// Not all of the exchange has gone out.
    var hasRest = false
    /// Why it is to end.
    var ending: String?
    /// When the thread looks at the time by itself; nil: when something else wakes it.
    var nextLook: Instant?
    var endWaiters: [CheckedContinuation<Void, Never>] = []

    /// Takes the connection over.
    init(_ connection: OpaquePointer, prepares: Bool) {
        self.connection = connection
        self.prepares = prepares
    }

    var isUsable: Bool { connection != nil && ending == nil && exchange == nil && waiting.isEmpty }

    /// Whether it is in no transaction, and nothing is on its way.
    var isIdle: Bool { connection.map { PQtransactionStatus($0) == PQTRANS_IDLE } ?? false }

    func parameter(_ name: String) -> String? {
        connection.flatMap { PQparameterStatus($0, name) }.map { String(cString: $0) }
    }

    /// - Returns: whether the thread has to be woken.
    mutating func end(_ reason: String) -> Bool {
        guard connection != nil, ending == nil else { return false }
        ending = reason
        return true
    }

    static func words(_ connection: OpaquePointer) -> String {
        ConnectFailure(words: PQerrorMessage(connection).map { String(cString: $0) } ?? "").message
    }

    // MARK: Requests

    /// - Returns: the answer where there is one at once, and whether the thread has to be woken.
    mutating func submit(_ submission: Submission) -> (answer: Submission.Answer?, wakes: Bool) {
        guard let connection, ending == nil else {
            return (.failure(.notSent(ending ?? "the connection was closed")), false)
        }
        guard exchange == nil else {
            waiting.append(submission)
            return (nil, false)
        }
        // The server may have closed it since, and the thread may not have seen that yet.
        guard isAlive(connection) else { return (.failure(.notSent(ending ?? "")), true) }
        return send(submission, connection)
    }

    /// False: the thread has to be woken, as it has ended.
    mutating func isAlive() -> Bool {
        guard let connection, ending == nil else { return false }
        return isAlive(connection)
    }

    private mutating func isAlive(_ connection: OpaquePointer) -> Bool {
        // Each time some of what came, and at last its end.
        for _ in 0..<8 {
            var descriptors = [pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)]
            guard BlockingThread.poll(&descriptors, limit: .zero) else { return true }
            guard PQconsumeInput(connection) == 1, PQstatus(connection) != CONNECTION_BAD else {
                ending = Self.words(connection)
                return false
            }
        }
        return true
    }

    mutating func send(
        _ submission: Submission,
        _ connection: OpaquePointer
    ) -> (answer: Submission.Answer?, wakes: Bool) {
        guard ContinuousClock.now < submission.deadline else { return (.failure(.timedOut(mayHaveRun: false)), false) }
        for query in submission.queries {
            if let problem = query.problem { return (.failure(.server(problem)), false) }
        }
        var exchange = Exchange(submission)
        var fresh: [PreparedStatements.Key: String] = [:]
        for query in submission.queries where !put(query, connection, &exchange, &fresh) {
            // Without a sync the server does nothing of it for good.
            let reason = Self.words(connection)
            ending = reason
            return (.failure(.notSent(reason)), true)
        }
        let isSynced = PQpipelineSync(connection) == 1
        self.exchange = exchange
        flush(connection)
        if !isSynced || PQstatus(connection) == CONNECTION_BAD { ending = ending ?? Self.words(connection) }
        // What was read while it was written no `poll` tells of.
        let isAnswered = PQisBusy(connection) == 0
        let isEarly = nextLook.map { submission.deadline < $0 } ?? true
        return (nil, ending != nil || hasRest || isAnswered || isEarly)
    }

    /// - Parameter fresh: what is prepared by the exchange itself.
    private mutating func put(
        _ query: PostgresQuery,
        _ connection: OpaquePointer,
        _ exchange: inout Exchange,
        _ fresh: inout [PreparedStatements.Key: String]
    ) -> Bool {
        var name: String?
        if prepares, query.isPrepared {
            let key = PreparedStatements.Key(sql: query.sql, types: query.parameters.types)
            name = statements.name(of: key) ?? fresh[key]
            if name == nil, let new = statements.newName() {
                let isSent = query.parameters.withPointers {
                    PQsendPrepare(connection, new, query.sql, $0.count, $0.types)
                }
                guard isSent == 1 else { return false }
                exchange.expect(.prepare(key, name: new))
                fresh[key] = new
                name = new
            }
        }
        let isSent = query.parameters.withPointers { pointers in
            if let name {
                PQsendQueryPrepared(
                    connection,
                    name,
                    pointers.count,
                    pointers.values,
                    pointers.lengths,
                    pointers.formats,
                    1
                )
            } else {
                PQsendQueryParams(
                    connection,
                    query.sql,
                    pointers.count,
                    pointers.types,
                    pointers.values,
                    pointers.lengths,
                    pointers.formats,
                    1
                )
            }
        }
        exchange.expect(.query)
        return isSent == 1
    }

    mutating func flush(_ connection: OpaquePointer) {
        let rest = PQflush(connection)
        hasRest = rest == 1
        if rest < 0 { ending = ending ?? Self.words(connection) }
    }
}
