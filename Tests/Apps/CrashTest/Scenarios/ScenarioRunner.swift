import Foundation
import ProcessSupport
import RoostCore
import RoostTesting

/// Runs scenarios, and says of each what came of it.
@MainActor enum ScenarioRunner {
    /// - Returns: whether all is well.
    static func run(_ arguments: Arguments) async throws -> Bool {
        try arguments.checkKeys(["short", "only", "seed", "keep", "folder", "parallel", "store"])
        let seed = try arguments.seed() ?? UInt64.random(in: 0..<1_000_000_000)
        let only = arguments.text("only").map { $0.split(separator: ",").map(String.init) }
        let kinds = try arguments.stores()
        let chosen = kinds.flatMap { kind in
            Scenario.all.filter { $0.stores.contains(kind) && only?.contains($0.name) ?? true }.map { (kind, $0) }
        }.filter { kind, scenario in
            guard kind == .postgres, scenario.needsDisk, !SmallDisk.canMount else { return true }
            System.say("left out: \(kind.rawValue) \(scenario.name), since to mount a file system takes root")
            return false
        }
        if let unknown = only?.first(where: { name in !Scenario.all.contains { $0.name == name } }) {
            throw UsageError("there is no scenario '\(unknown)'")
        }
        let root = arguments.text("folder") ?? "\(NSTemporaryDirectory())roost-crash-\(System.process)"
        System.say("seed \(seed)")
        // Most of a scenario is waiting.
        let atOnce = max(1, try arguments.number("parallel", default: arguments.has("short") ? 2 : 1))
        var failed: [String] = []
        await withTaskGroup(of: String?.self) { group in
            for (index, (kind, scenario)) in chosen.enumerated() {
                if index >= atOnce, let name = await group.next() ?? nil { failed.append(name) }
                group.addTask {
                    let isGood = await run(
                        scenario,
                        on: kind,
                        seed: seed,
                        isShort: arguments.has("short"),
                        keeps: arguments.has("keep"),
                        folder: "\(root)/\(kind.rawValue)-\(scenario.name)"
                    )
                    return isGood ? nil : "\(kind.rawValue)-\(scenario.name)"
                }
            }
            for await case let name? in group { failed.append(name) }
        }
        if failed.isEmpty {
            // Only if it is empty by now: somebody may have named a folder of theirs.
            rmdir(root)
            System.say("all \(chosen.count) scenarios hold")
        } else {
            let short = arguments.has("short") ? " --short" : ""
            System.say("FAILED: \(failed.joined(separator: ", ")); what is known of it is kept in \(root)")
            for kind in kinds {
                let names = failed.filter { $0.hasPrefix("\(kind.rawValue)-") }.map {
                    $0.dropFirst(kind.rawValue.count + 1)
                }
                guard !names.isEmpty else { continue }
                let options = "--store \(kind.rawValue) --only \(names.joined(separator: ",")) --seed \(seed)"
                System.say("again: scripts/crash-test\(short) \(options)")
            }
        }
        return failed.isEmpty
    }

    private static func run(
        _ scenario: Scenario,
        on kind: StoreKind,
        seed: UInt64,
        isShort: Bool,
        keeps: Bool,
        folder: String
    ) async -> Bool {
        let start = ContinuousClock.now
        var problems: [String] = []
        var notes: [String] = []
        do {
            try? FileManager.default.removeItem(atPath: folder)
            let driver = try await Driver(
                kind,
                name: scenario.name,
                seed: seed,
                isShort: isShort,
                folder: folder,
                needsDisk: scenario.needsDisk,
                isDurable: scenario.isDurable
            )
            defer { driver.disk?.remove() }
            do {
                try await scenario.run(driver)
            } catch {
                problems.append("\(error)")
            }
            driver.killAll()
            problems += try Judge.judge(driver)
            notes = driver.notes
            if !problems.isEmpty { driver.saveStore() }
        } catch {
            problems.append("\(error)")
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let verdict = problems.isEmpty ? "ok" : "FAILED"
        System.say("\(verdict) \(kind.rawValue) \(scenario.name) (\(Int(seconds)) s): \(notes.joined(separator: ", "))")
        say(problems)
        if problems.isEmpty, !keeps { try? FileManager.default.removeItem(atPath: folder) }
        return problems.isEmpty
    }

    /// Of each sort of problem the first one, the first few of them with their events.
    private static func say(_ problems: [String]) {
        var sorts: [(name: String, first: String, number: Int)] = []
        for problem in problems {
            let words = problem.prefix { $0 != "\n" }.split(separator: " ")
            // What tells apart problems of one sort is a number or an id.
            let isName = { (word: Substring) in
                word.hasSuffix(":") && word.count < 4 || !word.contains(where: \.isNumber)
            }
            let name = words.filter(isName).joined(separator: " ")
            if let known = sorts.firstIndex(where: { $0.name == name }) {
                sorts[known].number += 1
            } else {
                sorts.append((name, problem, 1))
            }
        }
        for (index, sort) in sorts.prefix(40).enumerated() {
            let text = index < 4 ? sort.first : String(sort.first.prefix { $0 != "\n" })
            System.say("  \(text)" + (sort.number > 1 ? "\n    and \(sort.number - 1) more of this sort" : ""))
        }
        if sorts.count > 40 { System.say("  and \(sorts.count - 40) more sorts") }
    }
}
