internal import CLibPQ
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// One connection. Whoever calls it writes by itself; a thread of its own waits for what the server says.
final class PostgresConnection: Sendable {
    /// What calls it back; by its thread, so that nothing may block there.
    struct Events: Sendable {
        var notification: @Sendable (_ channel: String, _ payload: String) -> Void = { _, _ in }
        /// Once, and why.
        var ended: @Sendable (_ reason: String) -> Void = { _ in }
    }

    let backendProcess: Int32
    let serverVersion: Int
    let host: String
    let port: Int
    let isUsingTLS: Bool
    private let state: Mutex<LinkState>
    private let bell: Bell
    private let events: Events

    private init(_ connection: sending OpaquePointer, _ bell: consuming Bell, prepares: Bool, _ events: Events) {
        backendProcess = PQbackendPID(connection)
        serverVersion = Int(PQserverVersion(connection))
        host = PQhost(connection).map { String(cString: $0) } ?? ""
        port = PQport(connection).flatMap { Int(String(cString: $0)) } ?? 5432
        isUsingTLS = PQsslInUse(connection) == 1
        state = Mutex(LinkState(connection, prepares: prepares))
        self.bell = bell
        self.events = events
    }

    static func open(
        _ plan: ConnectPlan,
        prepares: Bool,
        events: Events
    ) async throws(ConnectFailure) -> PostgresConnection {
        let opened: Result<PostgresConnection, ConnectFailure> = await withCheckedContinuation { continuation in
            let isStarted = BlockingThread.start {
                guard let bell = Bell() else {
                    return continuation.resume(returning: .failure(.tooManyFiles))
                }
                do throws(ConnectFailure) {
                    let connection = try PostgresConnector.connect(plan)
                    let link = PostgresConnection(connection, bell, prepares: prepares, events)
                    continuation.resume(returning: .success(link))
                    link.serve()
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            if !isStarted { continuation.resume(returning: .failure(.noThread)) }
        }
        return try opened.get()
    }

    // MARK: Calls

    var isUsable: Bool { state.withLock { $0.isUsable } }

    var hasEnded: Bool { state.withLock { $0.connection == nil } }

    /// Whether the server has not closed it, as far as can be known here.
    var isAlive: Bool {
        let isAlive = state.withLock { $0.isAlive() }
        if !isAlive { bell.ring() }
        return isAlive
    }

    var isIdle: Bool { state.withLock { $0.isIdle } }

    func parameter(_ name: String) -> String? { state.withLock { $0.parameter(name) } }

    /// Sends the queries with one sync. Those of callers at the same time come one after another.
    func run(
        _ queries: [PostgresQuery],
        deadline: ContinuousClock.Instant
    ) async throws(CallFailure) -> [PostgresResult] {
        guard !queries.isEmpty else { return [] }
        do throws(CallFailure) {
            return try await exchange(queries, deadline)
        } catch {
            // All of a transaction was undone: then only it can be begun anew.
            guard case .server(let server) = error, FailureJudge.forgetsStatements(server),
                queries.contains(where: \.isPrepared), isIdle
            else { throw error }
            state.withLock { $0.statements.forget() }
            return try await exchange(queries, deadline)
        }
    }

    private func exchange(
        _ queries: [PostgresQuery],
        _ deadline: ContinuousClock.Instant
    ) async throws(CallFailure) -> [PostgresResult] {
        let answer = await withCheckedContinuation { continuation in
            let submission = Submission(queries: queries, deadline: deadline, continuation: continuation)
            let (answer, wakes) = state.withLock { $0.submit(submission) }
            if wakes { bell.ring() }
            if let answer { continuation.resume(returning: answer) }
        }
        return try answer.get()
    }

    /// Ends it, with what is on its way.
    func close() {
        if state.withLock({ $0.end("the connection was closed") }) { bell.ring() }
    }

    func waitUntilEnded() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.connection != nil { state.endWaiters.append(continuation) }
                return state.connection == nil
            }
            if isOver { continuation.resume() }
        }
    }

    // MARK: The thread

    private func serve() {
        var didRead = false
        while true {
            let interests = state.withLock { $0.interests(didRead: didRead, now: .now) }
            var descriptors = [
                pollfd(fd: interests.descriptor, events: interests.events, revents: 0),
                pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            _ = BlockingThread.poll(&descriptors, limit: interests.limit)
            didRead = descriptors[0].revents != 0
            if descriptors[1].revents != 0 { bell.silence() }
            let outcome = state.withLock { $0.look(now: .now) }
            for (channel, payload) in outcome.notifications { events.notification(channel, payload) }
            outcome.cancel?.send()
            for (caller, answer) in outcome.answers { caller.resume(returning: answer) }
            if let reason = outcome.ended {
                events.ended(reason)
                for waiter in outcome.endWaiters { waiter.resume() }
                return
            }
        }
    }
}

extension ConnectFailure {
    static let tooManyFiles = ConnectFailure(message: "this process has too many open files", isFinal: false)
    static let noThread = ConnectFailure(message: "the system has no more threads", isFinal: false)
}
