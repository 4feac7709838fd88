import RoostCore
import RoostTesting

extension SeededRandom {
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// Clean histories: random ones by seed, and one that has something of everything.
enum HistoryGenerator {
    static func random(seed: UInt64, steps: Int = 60) -> History {
        var random = SeededRandom(seed: seed)
        var model = HistoryModel()
        for _ in 0..<2 { model.hire() }
        for _ in 0..<steps { step(&model, &random) }
        finish(&model, &random)
        return model.history
    }

    private static func step(_ model: inout HistoryModel, _ random: inout SeededRandom) {
        let alive = model.workers.indices.filter { model.workers[$0].state == .alive }
        let frozen = model.workers.indices.filter { model.workers[$0].state == .frozen }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<20: enqueue(&model, &random)
        case 20..<45: claim(&model, alive, &random)
        case 45..<75: run(&model, alive, &random)
        case 75..<80:
            for row in model.rows.indices where model.rows[row].state == .scheduled { model.promote(row) }
        case 80..<83:
            if let worker = alive.randomElement(using: &random) { model.kill(worker) }
            if random.chance(50) { model.hire() }
        case 83..<86:
            if let worker = alive.randomElement(using: &random) { model.stop(worker) }
            if random.chance(50) { model.hire() }
        case 86..<88:
            if alive.count > 1, let worker = alive.randomElement(using: &random) { model.freeze(worker) }
        case 88..<90:
            if let worker = frozen.randomElement(using: &random) { model.wake(worker) }
        case 90..<93: model.pass(seconds: Int64.random(in: 1...40, using: &random))
        case 93..<96: model.reclaim()
        default: operate(&model, &random)
        }
    }

    private static func enqueue(_ model: inout HistoryModel, _ random: inout SeededRandom) {
        let known = model.rows.indices.filter { model.rows[$0].state != nil }
        let drafts = (0..<Int.random(in: 1...4, using: &random)).map { number in
            let parents = (0..<number).filter { _ in random.chance(35) }
            let elder = random.chance(15) ? known.randomElement(using: &random) : nil
            return HistoryModel.Draft(
                unique: random.chance(20) ? "key-\(Int.random(in: 0..<3, using: &random))" : nil,
                parents: parents.map { ($0, random.chance(50) ? .success : random.chance(50) ? .failure : .always) },
                elders: elder.map { [($0, random.chance(50) ? .success : .always)] } ?? [],
                isDelayed: random.chance(20)
            )
        }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<75: model.enqueue(drafts)
        case 75..<80: model.enqueue(drafts, .refused)
        case 80..<85: model.enqueue(drafts, .unknownAndLost)
        case 85..<95: model.enqueue(drafts, .unknown, again: random.chance(50))
        default: model.enqueue(drafts, .none)
        }
    }

    private static func claim(_ model: inout HistoryModel, _ alive: [Int], _ random: inout SeededRandom) {
        let ready = model.rows.indices.filter { model.rows[$0].state == .ready }
        guard let worker = alive.randomElement(using: &random), !ready.isEmpty else { return }
        let count = min(ready.count, Int.random(in: 1...3, using: &random))
        model.claim(Array(ready.shuffled(using: &random).prefix(count)), by: worker)
    }

    /// Goes on with one of the jobs in the hands of a worker, or with a body that lost its lease.
    private static func run(_ model: inout HistoryModel, _ alive: [Int], _ random: inout SeededRandom) {
        let zombies = model.runs.indices.filter {
            let run = model.runs[$0]
            return !run.hasEnded && alive.contains(run.worker) && model.rows[run.row].token != run.token
        }
        if let zombie = zombies.randomElement(using: &random) {
            if !model.runs[zombie].hasEffect, random.chance(40) { return model.effect(zombie) }
            return model.end(zombie)
        }
        let held = model.leases.filter { alive.contains($0.worker) }.flatMap(\.members)
        guard let row = held.randomElement(using: &random) else { return }
        guard let run = model.run(of: row) else {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<8: model.giveBack(row)
            case 8..<12: model.settle(row, .expired, isCharged: false)
            case 12..<16: model.settle(row, .cancelled, isCharged: false)
            case 16..<18: model.settle(row, .scheduled, isCharged: false)
            case 18..<20 where model.rows[row].crashes > 0: model.settle(row, .failed, isCharged: false)
            default: model.start(row)
            }
            return
        }
        if !model.runs[run].hasEffect, !model.runs[run].hasEnded, random.chance(70) { return model.effect(run) }
        if !model.runs[run].hasEnded { return model.end(run) }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<60: model.settle(row, .succeeded)
        case 60..<75: model.settle(row, .failed)
        case 75..<85: model.settle(row, .scheduled)
        case 85..<95: model.settle(row, .ready)
        default: model.settle(row, .cancelled)
        }
    }

    private static func operate(_ model: inout HistoryModel, _ random: inout SeededRandom) {
        guard let row = model.rows.indices.randomElement(using: &random), let state = model.rows[row].state else {
            return
        }
        if !state.isFinished {
            model.cancel(row)
        } else if random.chance(20) {
            model.delete(row)
        } else if state != .succeeded {
            let key = model.rows[row].unique
            let isHeld = model.rows.contains { key != nil && $0.unique == key && $0.state?.isFinished == false }
            if !isHeld { model.retry(row) }
        } else {
            model.observe(row)
        }
    }

    /// Runs all to its end.
    private static func finish(_ model: inout HistoryModel, _ random: inout SeededRandom) {
        for worker in model.workers.indices where model.workers[worker].state == .frozen { model.wake(worker) }
        let worker = model.hire()
        for other in model.workers.indices where other != worker && model.workers[other].state == .alive {
            model.stop(other)
        }
        model.pass(seconds: 40)
        while let row = model.rows.indices.first(where: {
            model.rows[$0].state?.isFinished == false && model.rows[$0].state != .waiting
        }) {
            switch model.rows[row].state {
            case .scheduled: model.promote(row)
            case .ready: model.claim([row], by: worker)
            default:
                if let run = model.run(of: row), !model.runs[run].hasEnded { model.end(run) }
                if model.run(of: row) == nil { model.complete(row) } else { model.settle(row, .succeeded) }
            }
        }
        for row in model.rows.indices { model.observe(row) }
        model.stop(worker)
    }

    /// One that has a place for every fault.
    static let story: History = {
        var model = HistoryModel()
        let first = model.hire()
        let second = model.hire()
        let plain = model.enqueue([.init(), .init(), .init()]).compactMap { $0 }
        model.claim(plain, by: first)
        model.complete(plain[0])
        model.observe(plain[0])
        model.complete(plain[1], .scheduled)
        model.promote(plain[1])
        model.claim([plain[1]], by: second)
        model.complete(plain[1], .ready)
        model.claim([plain[1]], by: first)
        model.complete(plain[1])
        // Given back, and run by another.
        model.giveBack(plain[2])
        model.claim([plain[2]], by: second)
        model.complete(plain[2])
        graphs(&model, first)
        // A crash, and a body that runs on though its lease is lost.
        let risky = model.enqueue([.init(isDelayed: true), .init()], .unknown, again: true).compactMap { $0 }
        model.promote(risky[0])
        let third = model.hire()
        model.claim([risky[0]], by: third)
        model.effect(model.start(risky[0]))
        model.kill(third)
        model.reclaim()
        model.claim([risky[0]], by: first)
        model.complete(risky[0])
        model.claim([risky[1]], by: second)
        let zombie = model.start(risky[1])
        model.freeze(second)
        model.pass(seconds: 40)
        model.claim([risky[1]], by: first)
        let run = model.start(risky[1])
        model.wake(second)
        model.effect(zombie)
        model.end(zombie)
        model.effect(run)
        model.end(run)
        model.settle(risky[1], .succeeded)
        operators(&model, first, second)
        model.enqueue([.init()], .refused)
        model.enqueue([.init()], .unknownAndLost)
        for row in model.rows.indices { model.observe(row) }
        model.stop(first)
        return model.history
    }()

    private static func graphs(_ model: inout HistoryModel, _ worker: Int) {
        let graph = model.enqueue([
            .init(), .init(parents: [(0, .success)]), .init(parents: [(0, .failure)]),
            .init(parents: [(1, .always), (2, .always)]), .init(),
        ]).compactMap { $0 }
        model.claim([graph[0], graph[4]], by: worker)
        model.complete(graph[0])
        model.claim([graph[1]], by: worker)
        model.complete(graph[1], .failed)
        model.claim([graph[3]], by: worker)
        model.complete(graph[3])
        model.complete(graph[4])
    }

    private static func operators(_ model: inout HistoryModel, _ first: Int, _ second: Int) {
        let held = model.enqueue([.init(unique: "a"), .init(unique: "b"), .init(unique: "a")]).compactMap { $0 }
        model.claim([held[0]], by: first)
        model.complete(held[0], .failed)
        model.cancel(held[1])
        model.retry(held[0])
        // Unfinished at the stop of its worker, which ends its body and gives it back.
        model.claim([held[0]], by: second)
        model.start(held[0])
        let unstarted = model.enqueue([.init()], .none).compactMap { $0 }
        model.claim(unstarted, by: second)
        model.stop(second)
        model.claim(held.prefix(1) + unstarted, by: first)
        model.complete(held[0])
        model.complete(unstarted[0])
        let deleted = model.enqueue([.init()]).compactMap { $0 }
        model.claim(deleted, by: first)
        model.settle(deleted[0], .expired, isCharged: false)
        model.delete(deleted[0])
    }
}
