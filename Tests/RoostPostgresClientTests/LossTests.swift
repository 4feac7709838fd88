import Foundation
import Logging
import PostgresSupport
import ProcessSupport
import Synchronization
import TCPProxy
import Testing

@testable import RoostPostgresClient

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite(.timeLimit(.minutes(2))) struct LossTests {
    /// Ends all connections of this name.
    private func terminate(_ name: String) async throws {
        try await PostgresClient().sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '\(name)'"
        )
    }

    @Test("a connection that was ended while it was idle costs the next call nothing")
    func idle() async throws {
        let name = newName("app")
        let client = try await PostgresClient("?application_name=\(name)")
        for _ in 0..<5 {
            #expect(try await client.sql("SELECT 1", resend: .never).count == 1)
            try await terminate(name)
            #expect(try await client.withSession { try await $0.sql("SELECT 1") }.count == 1)
            try await terminate(name)
        }
    }

    /// Runs something on the client's executor, while all threads of tasks are blocked, as by jobs.
    private func withBlockedThreads<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value {
        let isOver = Flag()
        let blocked = Tally()
        let start = ContinuousClock.now
        let task = Task.detached(executorPreference: ClientExecutor.shared) {
            defer { isOver.set() }
            // As many as there are threads. Not for ever: all clients of these tests need this thread.
            let threads = ProcessInfo.processInfo.activeProcessorCount
            while blocked.count < threads, start.duration(to: .now) < .seconds(5) { usleep(500) }
            return await body()
        }
        for _ in 0..<64 {
            Task.detached {
                blocked.add()
                while !isOver.value, start.duration(to: .now) < .seconds(20) { usleep(500) }
            }
        }
        return await task.value
    }

    @Test("a connection is made anew also while jobs block the threads of all tasks")
    func blockedThreads() async throws {
        let client = try await PostgresClient("?timeout=5")
        try await client.warm()
        let problem = await withBlockedThreads {
            _ = await failure { try await client.sql("SELECT pg_terminate_backend(pg_backend_pid())", resend: .never) }
            return await failure { try await client.sql("SELECT 1") }
        }
        #expect(problem == nil)
    }

    @Test("a connection is tried for again and again also while jobs block the threads of all tasks")
    func blockedThreadsAndNobody() async throws {
        let server = try await PostgresServer.start()
        let proxy = try TCPProxy(to: server.port)
        let client = try PostgresClient(url: "postgres://postgres@127.0.0.1:\(proxy.port)/postgres?timeout=8")
        try await client.warm()
        let problem = await withBlockedThreads {
            proxy.refuseConnections()
            proxy.cut()
            // A thread, since no task gets one. Long enough for several tries, with their pauses.
            Thread.detachNewThread {
                usleep(500_000)
                try? proxy.acceptConnections()
            }
            return await failure { try await client.sql("SELECT 1") }
        }
        #expect(problem == nil)
    }

    @Test("a call that was lost on its way is sent again, or not")
    func inFlight() async throws {
        let name = newName("app")
        let client = try await PostgresClient("?application_name=\(name)")
        let other = try await PostgresClient()
        let sequence = newName("s")
        try await other.sql("CREATE SEQUENCE \(sequence)")
        let slow = "SELECT nextval('\(sequence)'), pg_sleep(CASE WHEN nextval('\(sequence)') < 3 THEN 20 ELSE 0 END)"

        async let safe = client.sql(slow)
        try await other.untilRunning(sequence, named: name)
        try await terminate(name)
        #expect(try await safe[0].int64(0, 0) == 3)

        try await other.sql("ALTER SEQUENCE \(sequence) RESTART")
        async let error = failure { try await client.sql(slow, resend: .never) }
        try await other.untilRunning(sequence, named: name)
        try await terminate(name)
        guard case .unknownFate(let reason) = await error else {
            Issue.record("\(String(describing: await error))")
            return
        }
        #expect(reason.contains("57P01"))
    }

    @Test("calls wait for a server that was killed and comes back, and each loss is told once")
    func killed() async throws {
        let server = try await PostgresServer.start()
        let log = Log()
        let logger = Logger(label: "test") { _ in log }
        let client = try PostgresClient(url: server.url + "?connections=4", logger: logger)
        try await client.sql("CREATE TABLE t (a int8)")
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    for _ in 0..<50 {
                        _ = try await client.sql("SELECT count(*) FROM t", "SELECT pg_sleep(0.01)")
                    }
                }
            }
            group.addTask {
                try await Task.sleep(for: .milliseconds(100))
                server.kill()
                // So long it is away, for several tries in vain.
                try await Task.sleep(for: .milliseconds(300))
                try await server.restart()
            }
            try await group.waitForAll()
        }
        let words = log.words.withLock { $0 }
        #expect(words == ["notice: Lost the connection to Postgres", "notice: Connected to Postgres again"])
    }

    @Test("a server that is not there is named, with the reason")
    func nobody() async throws {
        let port = try Loopback.freePort()
        let client = try PostgresClient(url: "postgres://u:hunter2@127.0.0.1:\(port)/d?timeout=5")
        let start = ContinuousClock.now
        let errors = await withTaskGroup { group in
            for _ in 0..<50 {
                group.addTask { await failure { try await client.sql("SELECT 1") } }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for error in errors {
            guard case .unreachable(let reason) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(reason.contains("127.0.0.1") && reason.contains("\(port)") && reason.contains("refused"))
            #expect(!reason.contains("hunter2") && !reason.contains("\n"))
        }
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test("one that has no place for more is asked again")
    func full() async throws {
        let server = try await PostgresServer.start(.init(maxConnections: 5))
        let first = try PostgresClient(url: server.url + "?connections=5")
        let second = try PostgresClient(url: server.url)
        let isOver = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    try await first.withSession { _ in try await waitUntil("it is over") { isOver.value } }
                }
            }
            try await waitUntil("there is no place") {
                let short = try PostgresClient(url: server.url + "?timeout=0.5")
                guard case .unreachable(let reason) = await failure({ try await short.sql("SELECT 1") }) else {
                    return false
                }
                return reason.contains("53300")
            }
            let refusals = { server.log.ranges(of: "too many clients").count }
            let before = refusals()
            group.addTask { try await second.sql("SELECT 1") }
            try await waitUntil("it is refused too") { refusals() > before }
            isOver.set()
            for _ in 0..<5 { try await group.next() }
            await first.close()
            try await group.waitForAll()
        }
    }

    @Test("connections that are cut without a word are found out by the next call")
    func cut() async throws {
        let server = try await PostgresServer.start()
        let proxy = try TCPProxy(to: server.port)
        let client = try PostgresClient(url: "postgres://postgres@127.0.0.1:\(proxy.port)/postgres?connections=3")
        for _ in 0..<10 {
            _ = try await client.sql("SELECT 1", resend: .never)
            proxy.cut(.reset)
            _ = try await client.sql("SELECT 1")
        }
    }
}
