import RoostCore

extension StoreConformance {
    static let changesCases: [Case] = [
        Case("an enqueue wakes those who wait for ready jobs") { bench in
            let changes = bench.store.changes(of: .ready)
            try await bench.add()
            try bench.expect(await bench.wake(changes), is: .ready)
        },
        Case("a job that is enqueued for later wakes them too, since it may be due earlier than known") { bench in
            let changes = bench.store.changes(of: .ready)
            try await bench.add(NewJob(kind: "work", start: .after(.seconds(10))))
            try bench.expect(await bench.wake(changes), is: .ready)
        },
        Case("an end wakes those who wait for ends, and a child that became ready wakes workers (invariant 12)") {
            bench in
            let (parent, child) = (NewJob(kind: "work"), NewJob(kind: "work"))
            try await bench.add([parent, child], edges: [.from(parent, to: child)])
            let job = try await bench.take(parent.id)
            let (settled, ready) = (bench.store.changes(of: .settled), bench.store.changes(of: .ready))
            try await bench.settle(job)
            try bench.expect(await bench.wake(settled), is: .settled)
            try await bench.expect(parent.id, .succeeded)
            try bench.expect(await bench.wake(ready), is: .ready)
            try await bench.expect(child.id, .ready)
        },
        Case("a job that is given back, tried again, taken back or retried wakes workers") { bench in
            let id = try await bench.add()
            var job = try await bench.take(id)
            func expectWake(_ body: () async throws -> Void, line: Int = #line) async throws {
                let changes = bench.store.changes(of: .ready)
                try await body()
                try bench.expect(await bench.wake(changes), is: .ready, line: line)
            }
            try await expectWake { try await bench.settle(job, .released) }
            job = try await bench.take(id)
            try await expectWake { try await bench.settle(job, .retry()) }
            _ = try await bench.take(id)
            try await expectWake { try await bench.crash() }
            try await bench.run(id, .failed)
            try await expectWake { try await bench.perform(.retry(id)) }
            try await bench.perform(.pause(queue: "default", kind: nil))
            try await expectWake { try await bench.perform(.resume(queue: "default", kind: nil)) }
            try await expectWake { try await bench.perform(.reschedule(id, .now)) }
        },
        Case("what becomes due wakes workers when it is made ready") { bench in
            try await bench.add(NewJob(kind: "work", start: .after(.seconds(10))))
            let changes = bench.store.changes(of: .ready)
            try await bench.pass(.seconds(10))
            try bench.expect(await bench.wake(changes), is: .ready)
        },
        Case("a cancel wakes those who run the job, or who wait for its end") { bench in
            let running = try await bench.take(try await bench.add())
            let ready = try await bench.add()
            let changes = bench.store.changes(of: [.cancel, .settled])
            try await bench.perform(.cancel(running.id))
            try bench.expect(await bench.wake(changes)?.contains(.cancel), is: true)
            try await bench.perform(.cancel(ready))
            try bench.expect(await bench.wake(changes)?.contains(.settled), is: true)
        },
        Case("a wake-up that comes before the wait is not lost, and one stands for many") { bench in
            let changes = bench.store.changes(of: [.ready, .settled])
            for _ in 0..<10 { try await bench.run(try await bench.add()) }
            // Some stores wake for each topic by itself, so both may take more than one look.
            var seen: WakeTopics = []
            for _ in 0..<2 where seen != [.ready, .settled] { seen.formUnion(await bench.wake(changes) ?? []) }
            try bench.expect(seen, is: [.ready, .settled])
        },
        Case("every change after a wake-up brings another") { bench in
            let changes = bench.store.changes(of: .ready)
            for _ in 0..<20 {
                try await bench.add()
                try bench.expect(await bench.wake(changes), is: .ready)
            }
        },
        Case("a reader that sleeps is woken (invariant 13)") { bench in
            let changes = bench.store.changes(of: .ready)
            async let woken = bench.wake(changes)
            try await Task.sleep(for: .milliseconds(20))
            try await bench.add()
            try bench.expect(await woken, is: .ready)
        },
        Case("every reader is woken, each for its own topics") { bench in
            let readers = (0..<5).map { _ in bench.store.changes(of: .ready) }
            let settled = bench.store.changes(of: .settled)
            let id = try await bench.add()
            for reader in readers { try bench.expect(await bench.wake(reader), is: .ready) }
            try await bench.run(id)
            try bench.expect(await bench.wake(settled), is: .settled)
        },
        Case("a reader whose task is cancelled stops waiting") { bench in
            let changes = bench.store.changes(of: .ready)
            let task = Task { await changes.next() }
            task.cancel()
            try bench.expect(await task.value, is: nil)
        },
        Case("changes end when the store is closed") { bench in
            let changes = bench.store.changes(of: .all)
            let task = Task { () -> Bool in
                while await changes.next() != nil {}
                return true
            }
            try await Task.sleep(for: .milliseconds(5))
            await bench.store.close()
            try bench.expect(await task.value, is: true)
        },
        Case("a change by one handle of a store wakes the readers of another") { bench in
            guard let reopen = bench.reopen else { return }
            let other = try await reopen(bench.store, bench.time)
            let changes = other.changes(of: .ready)
            try await bench.add()
            let woken = await bench.wake(changes)
            await other.close()
            try bench.expect(woken, is: .ready)
        },
    ]
}
