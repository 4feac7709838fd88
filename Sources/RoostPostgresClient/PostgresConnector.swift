internal import CLibPQ

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Makes connections. It blocks.
enum PostgresConnector {
    /// - Returns: a connection in pipeline mode that does not block.
    static func connect(_ plan: ConnectPlan) throws(ConnectFailure) -> OpaquePointer {
        var failures: [ConnectFailure] = []
        var generator = SystemRandomNumberGenerator()
        for options in plan.order(using: &generator) {
            do throws(ConnectFailure) {
                return try connect(options, limit: plan.limit)
            } catch {
                failures.append(error)
            }
        }
        throw ConnectFailure(failures)
    }

    private static func connect(
        _ options: [LibPQOptions.Option],
        limit: Duration
    ) throws(ConnectFailure) -> OpaquePointer {
        guard let connection = start(options) else {
            throw ConnectFailure(message: "libpq has no memory", isFinal: false)
        }
        do throws(ConnectFailure) {
            // What it prints by itself is nobody's.
            PQsetNoticeReceiver(connection, { _, _ in }, nil)
            // With the SQLSTATE, which is nowhere else while it connects.
            PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
            try finish(connection, limit: limit)
            PQsetErrorVerbosity(connection, PQERRORS_DEFAULT)
            guard PQsetnonblocking(connection, 1) == 0, PQenterPipelineMode(connection) == 1 else {
                throw failure(connection)
            }
            return connection
        } catch {
            PQfinish(connection)
            throw error
        }
    }

    private static func start(_ options: [LibPQOptions.Option]) -> OpaquePointer? {
        let names = options.map { strdup($0.name) }
        let values = options.map { strdup($0.value) }
        defer {
            for text in names + values { free(text) }
        }
        let end: [UnsafePointer<CChar>?] = [nil]
        return PQconnectStartParams(names.map { UnsafePointer($0) } + end, values.map { UnsafePointer($0) } + end, 0)
    }

    private static func finish(_ connection: OpaquePointer, limit: Duration) throws(ConnectFailure) {
        var note: String?
        var address = ""
        var deadline = ContinuousClock.now + limit
        var isStalled = false
        var status = PGRES_POLLING_WRITING
        while status != PGRES_POLLING_OK {
            guard PQstatus(connection) != CONNECTION_BAD, status != PGRES_POLLING_FAILED else {
                throw failure(connection, note: note)
            }
            // libpq may go on to the next address of a name.
            if let now = PQhostaddr(connection).map({ String(cString: $0) }), now != address {
                address = now
                deadline = .now + limit
                isStalled = false
            }
            let events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT
            var descriptors = [pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0)]
            let rest = ContinuousClock.now.duration(to: deadline)
            if rest <= .zero {
                note = "no answer within \(limit)"
                // Cut, it goes on to the next address, if it was not connected yet.
                guard !isStalled, PQstatus(connection) == CONNECTION_STARTED else {
                    throw stall(connection, note: note)
                }
                isStalled = true
                deadline = .now + .milliseconds(100)
                shutdown(PQsocket(connection), Int32(SHUT_RDWR))
            } else if !BlockingThread.poll(&descriptors, limit: rest) {
                // It is over, or a signal came.
                continue
            }
            status = PQconnectPoll(connection)
        }
    }

    private static func failure(_ connection: OpaquePointer, note: String? = nil) -> ConnectFailure {
        ConnectFailure(words: PQerrorMessage(connection).map { String(cString: $0) } ?? "", note: note)
    }

    private static func stall(_ connection: OpaquePointer, note: String?) -> ConnectFailure {
        let host = PQhost(connection).map { String(cString: $0) } ?? ""
        let port = PQport(connection).map { String(cString: $0) } ?? ""
        return ConnectFailure(words: "connection to server at \"\(host)\", port \(port) failed", note: note)
    }
}
