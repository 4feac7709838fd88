import Foundation
import RoostCore
import RoostTesting

/// What a user or an operator asked of a store.
struct AskedAction: Sendable {
    var kind: HistoryEvent.OperatorAction.Kind
    /// Of a graph its id; nil: it is about no job alone.
    var job: JobID?

    init(kind: HistoryEvent.OperatorAction.Kind, job: JobID?) {
        self.kind = kind
        self.job = job
    }

    init(_ action: StoreAction) {
        switch action {
        case .cancel(let job): self.init(kind: .cancel, job: job)
        case .cancelGraph(let graph): self.init(kind: .cancelGraph, job: graph)
        case .retry(let job): self.init(kind: .retry, job: job)
        case .delete(let job): self.init(kind: .delete, job: job)
        case .reschedule(let job, _): self.init(kind: .other, job: job)
        case .pause, .resume, .revoke, .restore: self.init(kind: .other, job: nil)
        }
    }
}

/// Files in which clients tell of the actions that they ask for, a line each: the id of the request, the action, the job.
enum AskedActions {
    private static let suffix = ".asked"

    final class Writer: Sendable {
        private let file: Int32

        /// - Parameter path: without the ending.
        init(path: String) throws {
            file = open(path + AskedActions.suffix, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            guard file >= 0 else { throw Failure("cannot open \(path): \(String(cString: strerror(errno)))") }
        }

        deinit {
            close(file)
        }

        /// Written at once, so that it outlives this process.
        func write(_ action: AskedAction, as request: JobID) {
            let line = Array("\(request) \(action.kind.rawValue) \(action.job?.description ?? "-")\n".utf8)
            if Foundation.write(file, line, line.count) != line.count {
                // Without it the store would be accused of what it was asked for.
                System.complain("the witness failed: \(String(cString: strerror(errno)))")
                System.die()
            }
        }
    }

    /// All that clients told in a folder.
    static func read(folder: String) throws -> [JobID: AskedAction] {
        var asked: [JobID: AskedAction] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(suffix) {
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                guard words.count == 3, let request = JobID(words[0]),
                    let kind = HistoryEvent.OperatorAction.Kind(rawValue: words[1])
                else { continue }
                asked[request] = AskedAction(kind: kind, job: JobID(words[2]))
            }
        }
        return asked
    }
}
