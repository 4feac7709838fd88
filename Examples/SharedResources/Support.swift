import ArgumentParser
import Foundation
import GRDB
import Roost
import Synchronization

/// What happened, under headings. It is printed at the end: slots work at once, so that lines printed as they come
/// would be mixed otherwise each time.
let journal = Journal()

final class Journal: Sendable {
    private let lines = Mutex<[String: [String]]>([:])

    func note(_ heading: String, _ line: String) {
        lines.withLock { $0[heading, default: []].append(line) }
    }

    func print() {
        for (heading, lines) in lines.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            Swift.print(heading)
            for line in lines { Swift.print("  \(line)") }
            Swift.print()
        }
    }
}

/// The slot that runs this code.
var slotName: String { Slot.current.map { "slot \($0.index)" } ?? "no slot" }

extension Result {
    var isSuccess: Bool {
        if case .success = self { true } else { false }
    }
}

func name(of job: JobContext) -> String {
    "check of comment \(job.headers["comment"] ?? "?")"
}

/// The file of this run, with the comments and the jobs.
let databasePath = FileManager.default.temporaryDirectory
    .appendingPathComponent("shared-resources-\(ProcessInfo.processInfo.processIdentifier).db").path

func openConnection() throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    return try DatabaseQueue(path: databasePath, configuration: configuration)
}

/// Removes the file, with those that SQLite and Roost keep beside it.
func removeDatabase() {
    let folder = FileManager.default.temporaryDirectory
    let name = URL(fileURLWithPath: databasePath).lastPathComponent
    for file in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] where file.hasPrefix(name) {
        try? FileManager.default.removeItem(at: folder.appendingPathComponent(file))
    }
}

enum Day: String, CaseIterable, ExpressibleByArgument {
    case sunday
    case monday
    case tuesday
    case wednesday
    case thursday
    case friday
    case saturday

    static var today: Day {
        allCases[Calendar.current.component(.weekday, from: Date()) - 1]
    }
}
