import CRuntimeHooks

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A thread of its own for tasks that prefer it: `group.addTask(executorPreference: thread) { … }`.
///
/// Tasks that block it hold up only each other, and tasks that block the cooperative pool do not hold it up. Child
/// tasks, `async let`, default actors and resumptions stay on it; `Task { }` leaves it.
package final class ThreadExecutor: TaskExecutor {
    private let inbox: Inbox

    /// - Parameter name: of the thread, as debuggers show it; cut to 15 bytes on Linux.
    package init(name: String) {
        let inbox = Inbox()
        self.inbox = inbox
        // The thread holds the inbox alone, so that it ends when the last reference to the executor goes.
        Self.startThread(name: name) {
            roost_set_inbox(Unmanaged.passUnretained(inbox).toOpaque())
            while let work = inbox.next() {
                work.run()
            }
        }
    }

    deinit {
        inbox.close()
    }

    /// Whether the caller runs on such a thread: it may block it, and is spared the switches to another thread and back
    /// that a wait without blocking takes. Afterwards it lets the thread's other tasks run: ``yield()``.
    package static var isCurrent: Bool { roost_inbox() != nil }

    /// Lets the tasks run that wait for the caller's thread; does nothing where that is no such thread.
    ///
    /// For tasks that may go on for long without a wait that suspends them. `Task.yield()` takes a detour by the
    /// cooperative pool, which jobs may block.
    @concurrent package static func yield() async {
        // The thread that runs this holds its inbox.
        guard let pointer = roost_inbox() else { return }
        let inbox = Unmanaged<Inbox>.fromOpaque(pointer).takeUnretainedValue()
        guard inbox.hasWork else { return }
        await withUnsafeContinuation { inbox.add(.resumption($0)) }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        inbox.add(.job(UnownedJob(job), asUnownedTaskExecutor()))
    }

    private enum Work {
        case job(UnownedJob, UnownedTaskExecutor)
        case resumption(UnsafeContinuation<Void, Never>)

        func run() {
            switch self {
            case .job(let job, let executor): job.runSynchronously(on: executor)
            case .resumption(let continuation): continuation.resume()
            }
        }
    }

    /// What the thread is to run, in order.
    private final class Inbox: @unchecked Sendable {
        // Proof: `work` and `isClosed` are touched only between lock and unlock of `mutex`, which with `condition` is
        // allocated for the inbox's life and never moved.
        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        private var work: [Work] = []
        /// The batch that the thread took from `work`, reversed; touched by the thread alone.
        private var batch: [Work] = []
        private var isClosed = false

        init() {
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(condition, nil)
        }

        deinit {
            pthread_cond_destroy(condition)
            pthread_mutex_destroy(mutex)
            condition.deallocate()
            mutex.deallocate()
        }

        func add(_ item: Work) {
            pthread_mutex_lock(mutex)
            work.append(item)
            let wasEmpty = work.count == 1
            pthread_mutex_unlock(mutex)
            if wasEmpty { pthread_cond_signal(condition) }
        }

        /// Whether there is more than what runs. To be asked on the thread.
        var hasWork: Bool {
            if !batch.isEmpty { return true }
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return !work.isEmpty
        }

        /// The next work; waits for it. Nil once closed and empty.
        func next() -> Work? {
            if let item = batch.popLast() { return item }
            pthread_mutex_lock(mutex)
            while work.isEmpty && !isClosed {
                pthread_cond_wait(condition, mutex)
            }
            swap(&work, &batch)
            pthread_mutex_unlock(mutex)
            batch.reverse()
            return batch.popLast()
        }

        func close() {
            pthread_mutex_lock(mutex)
            isClosed = true
            pthread_mutex_unlock(mutex)
            pthread_cond_signal(condition)
        }
    }

    /// Carries a closure and a name through the one pointer that `pthread_create` takes.
    private final class Start {
        let name: String
        let body: () -> Void

        init(name: String, body: @escaping () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private static func startThread(name: String, body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(Start(name: String(name.prefix(15)), body: body)).toOpaque()
        #if canImport(Darwin)
        var thread: pthread_t?
        let result = pthread_create(
            &thread,
            nil,
            { pointer in
                let start = Unmanaged<Start>.fromOpaque(pointer).takeRetainedValue()
                roost_set_thread_name(start.name)
                start.body()
                return nil
            },
            start
        )
        if result == 0, let thread { pthread_detach(thread) }
        #else
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            nil,
            { pointer in
                guard let pointer else { return nil }
                let start = Unmanaged<Start>.fromOpaque(pointer).takeRetainedValue()
                roost_set_thread_name(start.name)
                start.body()
                return nil
            },
            start
        )
        if result == 0 { pthread_detach(thread) }
        #endif
        // The machine is out of threads: nothing can run, and there is no caller to tell.
        precondition(result == 0, "cannot start the thread \(name): error \(result)")
    }
}
