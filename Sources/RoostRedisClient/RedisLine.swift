internal import Logging
internal import NIOCore
internal import Synchronization

/// The way to the server that some of the calls take: one connection at a time, made anew when it is lost.
///
/// Calls come from any thread; those that come while the event loop is busy are sent together.
final class RedisLine: Sendable {
    private struct Inbox {
        var calls: [RedisCall] = []
        var isScheduled = false
    }

    private let inbox = Mutex(Inbox())
    private let eventLoop: any EventLoop
    private let core: NIOLoopBoundBox<LineCore>

    init(_ setup: LineSetup, on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        core = .makeBoxSendingValue(LineCore(setup, on: eventLoop), eventLoop: eventLoop)
    }

    func submit(_ call: RedisCall) {
        let isFirst = inbox.withLock { inbox in
            inbox.calls.append(call)
            defer { inbox.isScheduled = true }
            return !inbox.isScheduled
        }
        if isFirst { eventLoop.execute { self.pass() } }
    }

    private func pass() {
        let calls = inbox.withLock { inbox in
            defer { inbox = Inbox() }
            return inbox.calls
        }
        core.value.add(calls)
    }

    func close() {
        eventLoop.execute { self.core.value.close() }
    }
}
