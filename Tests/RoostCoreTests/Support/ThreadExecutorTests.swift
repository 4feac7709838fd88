import Foundation
import Testing

@testable import RoostCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("ThreadExecutor", .timeLimit(.minutes(1)))
struct ThreadExecutorTests {
    /// The name of the thread that this runs on, as far as the system keeps it.
    private static func threadName() -> String {
        #if os(Linux)
        (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8).filter { !$0.isNewline }) ?? ""
        #else
        var name = [CChar](repeating: 0, count: 64)
        pthread_getname_np(pthread_self(), &name, name.count)
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        #endif
    }

    /// Runs `body` in a task of `executor`.
    private func run<Value: Sendable>(
        on executor: ThreadExecutor,
        _ body: @escaping @Sendable () async -> Value
    ) async -> Value {
        await withTaskGroup(of: Value.self, returning: Value.self) { group in
            group.addTask(executorPreference: executor) { await body() }
            guard let value = await group.next() else { preconditionFailure("a task without an end") }
            return value
        }
    }

    @Test("knows its threads from those of the pool")
    func isCurrent() async {
        #expect(await run(on: ThreadExecutor(name: "roost-own")) { ThreadExecutor.isCurrent })
        #expect(!ThreadExecutor.isCurrent)
    }

    @Test("lets the thread's other tasks run where one goes on without a wait")
    func letsOthersRun() async {
        let executor = ThreadExecutor(name: "roost-yield")
        let others = Journal<Int>()
        await withDiscardingTaskGroup { group in
            group.addTask(executorPreference: executor) {
                while others.entries.count < 3 { await ThreadExecutor.yield() }
            }
            for _ in 0..<3 {
                group.addTask(executorPreference: executor) {
                    await ThreadExecutor.yield()
                    others.note(1)
                }
            }
        }
        #expect(others.entries.count == 3)
        await ThreadExecutor.yield()
    }

    @Test("its tasks run on the thread of its name, cut to 15 bytes")
    func threadHasName() async {
        let executor = ThreadExecutor(name: "roost-test-of-names")
        #expect(await run(on: executor) { Self.threadName() } == "roost-test-of-n")
    }

    @Test("tasks run in the order in which they were added")
    func order() async {
        let executor = ThreadExecutor(name: "roost-test")
        let order = Box<[Int]>([])
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<500 {
                group.addTask(executorPreference: executor) { order.change { $0.append(number) } }
            }
        }
        #expect(order.value == Array(0..<500))
    }

    @Test("all tasks run on the same thread, before and after they were suspended")
    func sameThread() async {
        let executor = ThreadExecutor(name: "roost-same")
        let names = Box<Set<String>>([])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask(executorPreference: executor) {
                    names.change { $0.insert(Self.threadName()) }
                    await Task.yield()
                    async let child = Self.threadName()
                    let name = await child
                    names.change { $0.formUnion([name, Self.threadName()]) }
                }
            }
        }
        #expect(names.value == ["roost-same"])
    }

    @Test("it serves more work after it was idle, and after tasks that threw or were cancelled")
    func survives() async {
        let executor = ThreadExecutor(name: "roost-survivor")
        for _ in 0..<20 {
            await withTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: executor) {
                    do { throw CancellationError() } catch {}
                    await Task.yield()
                }
                group.cancelAll()
            }
        }
        #expect(await run(on: executor) { 7 } == 7)
    }

    @Test("two executors run side by side, though one waits for the other")
    func sideBySide() async {
        let (first, second) = (ThreadExecutor(name: "roost-first"), ThreadExecutor(name: "roost-second"))
        let gate = DispatchGate()
        await withTaskGroup(of: Void.self) { group in
            // Blocks its thread, until the other one has run.
            group.addTask(executorPreference: first) { gate.wait() }
            group.addTask(executorPreference: second) { gate.open() }
        }
    }

    @Test("its thread ends when nothing refers to it any more")
    func threadEnds() async {
        let ended = Signal()
        do {
            let executor = ThreadExecutor(name: "roost-mortal")
            await run(on: executor) { ThreadEnd.ring(ended) }
        }
        await ended.wait()
    }
}

/// Blocks a thread until it is opened.
private final class DispatchGate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() { semaphore.wait() }
    func open() { semaphore.signal() }
}

/// Rings a signal when the thread it was called on ends: by the destructor of a thread's own value.
private enum ThreadEnd {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { pointer in
            #if canImport(Darwin)
            let value: UnsafeMutableRawPointer? = pointer
            #else
            let value = pointer
            #endif
            guard let value else { return }
            Unmanaged<Signal>.fromOpaque(value).takeRetainedValue().ring()
        }
        return key
    }()

    static func ring(_ signal: Signal) {
        pthread_setspecific(key, Unmanaged.passRetained(signal).toOpaque())
    }
}
