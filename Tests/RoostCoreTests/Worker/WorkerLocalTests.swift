import RoostCore
import Synchronization
import Testing

/// What a slot has one of; not `Sendable`.
private final class Connection {
    let number: Int
    var uses = 0
    var isBroken = false

    init(number: Int) {
        self.number = number
    }
}

/// Opens connections, and notes what became of them.
private final class Server: Sendable {
    let journal = Journal<String>()
    private let opened = Atomic(0)

    func open(_ name: String = "db") -> sending Connection {
        let number = opened.add(1, ordering: .relaxed).newValue
        journal.note("open \(name) \(number)")
        return Connection(number: number)
    }

    func close(_ connection: Connection, _ name: String = "db") {
        journal.note("close \(name) \(connection.number) after \(connection.uses)")
    }

    func local(_ name: String = "db") -> WorkerLocal<Connection> {
        WorkerLocal {
            self.open(name)
        } close: {
            self.close($0, name)
        }
    }
}

private struct Named: Job {
    static let server = Server()
    static let local = server.local()
    static var kind: String { "WorkerLocalTests.Named" }
    static var scopes: [any JobScope] { [local] }
    func run() async throws -> Int { try await Self.local.run { $0.number } }
}

@Suite("A worker-local value", .timeLimit(.minutes(1)))
struct WorkerLocalTests {
    private static let oneSlot = WorkerOptions(concurrency: 1)

    @Test("is opened at the slot's start where a job names it, once for each slot, and closed at the slot's end")
    func named() async throws {
        let isOpen = Journal<Bool>()
        let configure: (Worker) -> Void = { worker in
            worker.onStartup { _ in isOpen.note(!Named.server.journal.entries.isEmpty) }
        }
        try await withWorker(
            jobs: [Named.self],
            options: WorkerOptions(concurrency: 2),
            configure: configure
        ) { queue, _ in
            try await until { isOpen.entries.count == 2 }
            #expect(Named.server.journal.entries.count == 2)
            for handle in try await queue.enqueue((0..<20).map { _ in Named() }) { _ = try await handle.value() }
        }
        #expect(isOpen.entries == [true, true])
        let entries = Named.server.journal.entries
        #expect(entries.count { $0.hasPrefix("open") } == 2)
        #expect(entries.count { $0.hasPrefix("close") } == 2)
    }

    @Test("is opened at the slot's start where the worker is given it")
    func given() async throws {
        let server = Server()
        let started = Journal<Bool>()
        let configure: (Worker) -> Void = { worker in
            worker.onStartup { _ in started.note(server.journal.entries == ["open db 1"]) }
        }
        try await withWorker(options: Self.oneSlot, locals: [server.local()], configure: configure) { _, _ in
            try await until { !started.entries.isEmpty }
        }
        #expect(started.entries == [true])
        #expect(server.journal.entries == ["open db 1", "close db 1 after 0"])
    }

    @Test("is otherwise opened at its first use, and kept for the jobs that follow")
    func lazy() async throws {
        let server = Server()
        let local = server.local()
        let stage = Stage.make { _ in
            try await local.run { connection in
                connection.uses += 1
                return "\(connection.number).\(connection.uses)"
            }
        }
        try await withWorker(options: Self.oneSlot) { queue, _ in
            #expect(server.journal.entries.isEmpty)
            var values: [String] = []
            for _ in 0..<3 { values.append(try await queue.enqueue(stage()).value()) }
            #expect(values == ["1.1", "1.2", "1.3"])
        }
        #expect(server.journal.entries == ["open db 1", "close db 1 after 3"])
    }

    @Test("is opened again where it says that it cannot be used any more")
    func unusable() async throws {
        let server = Server()
        let local = WorkerLocal(open: { server.open() }, isUsable: { !$0.isBroken }, close: { server.close($0) })
        let stage = Stage.make { name in
            try await local.run { connection in
                if name == "break" { connection.isBroken = true }
                return "\(connection.number)"
            }
        }
        try await withWorker(options: Self.oneSlot) { queue, _ in
            var values: [String] = []
            for name in ["use", "break", "use"] { values.append(try await queue.enqueue(stage(name)).value()) }
            #expect(values == ["1", "1", "2"])
        }
        #expect(server.journal.entries.prefix(3) == ["open db 1", "close db 1 after 0", "open db 2"])
    }

    @Test("is opened again after it was discarded, also from inside its own use")
    func discarded() async throws {
        let server = Server()
        let local = server.local()
        let stage = Stage.make { name in
            if name == "outside" { try await local.discard() }
            let number = try await local.run { connection in
                if name == "inside" { try await local.discard() }
                return connection.number
            }
            return "\(number)"
        }
        try await withWorker(options: Self.oneSlot) { queue, _ in
            var values: [String] = []
            for name in ["use", "outside", "inside", "use", "use"] {
                values.append(try await queue.enqueue(stage(name)).value())
            }
            #expect(values == ["1", "2", "2", "3", "3"])
        }
        #expect(server.journal.entries.count { $0.hasPrefix("close") } == 3)
    }

    @Test("is closed after those that were opened by its help")
    func reverseOrder() async throws {
        let server = Server()
        let pool = server.local("pool")
        let session = WorkerLocal {
            _ = try await pool.run { $0.number }
            return server.open("session")
        } close: {
            server.close($0, "session")
        }
        // The worker's list has them the wrong way round.
        try await withWorker(options: Self.oneSlot, locals: [session, pool]) { _, _ in }
        let order = ["open pool 1", "open session 2", "close session 2 after 0", "close pool 1 after 0"]
        #expect(server.journal.entries == order)
    }

    @Test("that is Sendable may be asked for anywhere in a job, by several tasks at once")
    func current() async throws {
        let opened = Counter()
        let local = WorkerLocal { opened.next() }
        let stage = Stage.make { _ in
            async let first = local.current
            async let second = local.current
            let inside = try await local.run { outer in
                let again = try await local.current
                return outer == again
            }
            return try await "\(first) \(second) \(inside)"
        }
        try await withWorker(options: Self.oneSlot) { queue, _ in
            for _ in 0..<50 {
                let value = try await queue.enqueue(stage()).value()
                #expect(value == "1 1 true")
            }
        }
    }

    @Test("has no value outside a worker, nor in a detached task")
    func outside() async throws {
        let server = Server()
        let local = server.local()
        await #expect(throws: WorkerLocalError.outsideWorker("Connection")) { try await local.run { $0.number } }
        await #expect(throws: WorkerLocalError.outsideWorker("Connection")) { try await local.discard() }
        let number = WorkerLocal { 1 }
        await #expect(throws: WorkerLocalError.outsideWorker("Int")) { try await number.current }
        #expect(WorkerLocalError.outsideWorker("Int").description.contains("outside a worker"))
        let stage = Stage.make { _ in
            let result = await Task.detached { try await local.run { $0.number } }.result
            return "\(result)"
        }
        try await withWorker { queue, _ in
            let answer = try await queue.enqueue(stage()).value()
            #expect(answer.contains("outside a worker"))
        }
        #expect(server.journal.entries.isEmpty)
    }

    @Test("has no value for a task that outlives its slot")
    func afterTheEnd() async throws {
        let gate = Gate()
        let server = Server()
        let local = server.local()
        let holder = Holder()
        let stage = Stage.make { name in
            holder.task.withLock { task in
                task = Task {
                    do {
                        try await gate.wait()
                        return "\(try await local.run { $0.number })"
                    } catch {
                        return "\(error)"
                    }
                }
            }
            return name
        }
        try await withWorker { queue, _ in _ = try await queue.enqueue(stage()).value() }
        gate.open()
        let task = try #require(holder.task.withLock { $0 })
        #expect(await task.value.contains("outside a worker"))
        #expect(server.journal.entries.isEmpty)
    }

    @Test("is not given out twice at a time")
    func nested() async throws {
        let server = Server()
        let local = server.local()
        let stage = Stage.make { _ in
            try await local.run { _ in
                do {
                    return "\(try await local.run { $0.number })"
                } catch {
                    return "\(error)"
                }
            }
        }
        try await withWorker { queue, _ in
            let answer = try await queue.enqueue(stage()).value()
            #expect(answer.contains("already in use further out"))
        }
    }

    @Test("that needs itself to be opened is an error, not a wait for ever")
    func recursive() async throws {
        let holder = LocalHolder()
        let local = WorkerLocal { () async throws -> Int in
            guard let local = holder.local.withLock({ $0 }) else { return 0 }
            return try await local.current
        }
        holder.local.withLock { $0 = local }
        let stage = Stage.make { _ in "\(try await local.current)" }
        try await withWorker { queue, _ in
            let failure = await #expect(throws: JobFailure.self) { try await queue.enqueue(stage()).value() }
            #expect(failure?.message.contains("in use") == true)
        }
    }

    @Test("that cannot be opened fails the job that needs it, and no other")
    func openFails() async throws {
        let log = CapturedLog()
        let isUp = Journal<Bool>()
        let server = Server()
        let local = WorkerLocal {
            if isUp.entries.isEmpty { throw Broken() }
            return server.open()
        }
        let stage = Stage.make { name in
            name == "without" ? name : "\(try await local.run { $0.number })"
        }
        try await withWorker(options: Self.oneSlot, locals: [local], logger: log.logger) { queue, _ in
            let failure = await #expect(throws: JobFailure.self) { try await queue.enqueue(stage("with")).value() }
            #expect(failure?.message == "it broke")
            let without = try await queue.enqueue(stage("without")).value()
            #expect(without == "without")
            isUp.note(true)
            let reopened = try await queue.enqueue(stage("with")).value()
            #expect(reopened == "1")
        }
        #expect(log.entries(with: "did not open").first?.metadata["slot"] == "0")
    }

    @Test("that cannot be closed is logged, also at the slot's end")
    func closeFails() async throws {
        let log = CapturedLog()
        let local = WorkerLocal {
            1
        } close: { _ in
            throw Broken()
        }
        try await withWorker(options: Self.oneSlot, locals: [local], logger: log.logger) { _, _ in }
        let entry = try #require(log.entries(with: "did not close").first)
        #expect(entry.metadata["error"] == "it broke")
        #expect(entry.metadata["slot"] == "0")
    }
}

private final class Counter: Sendable {
    private let value = Atomic(0)
    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}

private final class Holder: Sendable {
    let task = Mutex<Task<String, Never>?>(nil)
}

private final class LocalHolder: Sendable {
    let local = Mutex<WorkerLocal<Int>?>(nil)
}
