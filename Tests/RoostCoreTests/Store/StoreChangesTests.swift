import RoostCore
import Synchronization
import Testing

@Suite("Wake-ups", .timeLimit(.minutes(1)))
struct StoreChangesTests {
    @Test("what is published before the wait is not lost, and comes as one")
    func pending() async {
        let hub = ChangeHub()
        let changes = hub.subscribe(to: [.ready, .settled])
        hub.publish(.ready)
        hub.publish([.settled, .cancel])
        #expect(await changes.next() == [.ready, .settled])
    }

    @Test("a reader is not woken for other topics")
    func otherTopics() async {
        let hub = ChangeHub()
        let changes = hub.subscribe(to: .cancel)
        hub.publish([.ready, .settled])
        hub.publish(.cancel)
        #expect(await changes.next() == .cancel)
    }

    @Test("a reader that waits is woken")
    func waiting() async {
        let hub = ChangeHub()
        let changes = hub.subscribe(to: .all)
        async let woken = changes.next()
        await Task.yield()
        hub.publish(.settled)
        #expect(await woken == .settled)
    }

    @Test("the end of the hub ends every sequence, also one that begins later")
    func finish() async {
        let hub = ChangeHub()
        let before = hub.subscribe(to: .all)
        hub.finish()
        let after = hub.subscribe(to: .all)
        #expect(await before.next() == nil)
        #expect(await after.next() == nil)
    }

    @Test("what was pending at the end is still told")
    func pendingAtEnd() async {
        let hub = ChangeHub()
        let changes = hub.subscribe(to: .all)
        hub.publish(.ready)
        hub.finish()
        #expect(await changes.next() == .ready)
        #expect(await changes.next() == nil)
    }

    @Test("a cancelled reader stops waiting and loses nothing that comes later")
    func cancellation() async {
        let hub = ChangeHub()
        let changes = hub.subscribe(to: .all)
        let task = Task { await changes.next() }
        task.cancel()
        #expect(await task.value == nil)
        hub.publish(.ready)
        #expect(await changes.next() == .ready)
    }

    @Test("the hub is armed for what its readers have not been told yet")
    func armed() async {
        let seen = Shared<[WakeTopics]>([])
        let hub = ChangeHub { topics in seen.value.withLock { $0.append(topics) } }
        #expect(hub.armed == [])
        let changes = hub.subscribe(to: [.ready, .settled])
        #expect(hub.armed == [.ready, .settled])
        hub.publish(.ready)
        #expect(hub.armed == .settled)
        _ = await changes.next()
        #expect(hub.armed == [.ready, .settled])
        #expect(seen.value.withLock { $0.last } == [.ready, .settled])
    }

    @Test("a reader that goes away is forgotten")
    func forgotten() {
        let hub = ChangeHub()
        var changes: StoreChanges? = hub.subscribe(to: .all)
        #expect(hub.armed == .all)
        _ = changes
        changes = nil
        #expect(hub.armed == [])
    }

    @Test("no wake-up is lost between a producer and a reader that race")
    func race() async {
        let hub = ChangeHub()
        let changes = hub.subscribe(to: .ready)
        let produced = Shared(0)
        let reader = Task {
            var seen = 0
            while seen < 2000 {
                guard await changes.next() != nil else { break }
                seen = produced.value.withLock { $0 }
            }
            return seen
        }
        for number in 1...2000 {
            produced.value.withLock { $0 = number }
            hub.publish(.ready)
            if number % 100 == 0 { await Task.yield() }
        }
        #expect(await reader.value == 2000)
    }
}

/// A value that closures of several tasks share: a `Mutex` itself cannot be captured by them.
private final class Shared<Value: Sendable>: Sendable {
    let value: Mutex<Value>

    init(_ value: Value) {
        self.value = Mutex(value)
    }
}
