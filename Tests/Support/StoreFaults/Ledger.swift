import Foundation
package import RoostCore
import Synchronization

/// What the clients of a store saw: what they sent, what they were told, what their jobs did. It trusts nothing that the store
/// says of itself later.
///
/// A process that may be killed or frozen writes each line to a file at once; the others keep them.
package final class Ledger: Sendable {
    package struct Entry: Codable, Sendable {
        package enum Kind: Codable, Sendable, Equatable {
            /// An enqueue is about to be sent, and how it was answered.
            case sent, stored, refused, unknown
            /// A worker was handed the job under this token.
            case claimed(token: Int64)
            case started(attempt: Int)
            case effect(attempt: Int)
            /// A worker told how the job ended, and was answered.
            case settled(token: Int64, succeeded: Bool, SettleAnswer)
        }

        package var kind: Kind
        package var job: JobID
        /// Process and worker, or producer.
        package var by: String
        package var at: Duration
    }

    private struct State {
        var entries: [Entry] = []
        /// How often each job had its effect, and all of them: tests ask for these all the time.
        var effects: [JobID: Int] = [:]
        var effectCount = 0
        var failures: [StoreError] = []
        var file: FileHandle?

        mutating func count(_ entry: Entry) {
            guard entry.isEffect else { return }
            effects[entry.job, default: 0] += 1
            effectCount += 1
        }
    }

    private let state: Mutex<State>

    package init() {
        state = Mutex(State())
    }

    /// One that is written to the file at `path`, and kept nowhere else.
    package init(writingTo path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else { throw CocoaError(.fileWriteUnknown) }
        state = Mutex(State(file: file))
    }

    package var entries: [Entry] { state.withLock { $0.entries } }

    /// Errors that calls of the store threw, of whatever sort.
    package var failures: [StoreError] { state.withLock { $0.failures } }

    package func note(_ kind: Entry.Kind, _ job: JobID, by: String) {
        let entry = Entry(kind: kind, job: job, by: by, at: SystemTimeSource().uptime)
        state.withLock { state in
            guard let file = state.file else {
                state.count(entry)
                return state.entries.append(entry)
            }
            do {
                try file.write(contentsOf: try JSONEncoder().encode(entry) + Data("\n".utf8))
            } catch {
                // A ledger with a hole would accuse the store of what it did not do.
                preconditionFailure("the ledger cannot be written: \(error)")
            }
        }
    }

    package func failed(_ error: StoreError) {
        state.withLock { $0.failures.append(error) }
    }

    /// Adds what another process wrote to a file.
    package func add(fileAt path: String) throws {
        let lines = try Data(contentsOf: URL(filePath: path)).split(separator: 10)
        let entries = try lines.map { try JSONDecoder().decode(Entry.self, from: $0) }
        state.withLock { state in
            for entry in entries { state.count(entry) }
            state.entries = (state.entries + entries).sorted { $0.at < $1.at }
        }
    }

    /// Whether the effect of the job happened.
    package func hasEffect(_ job: JobID) -> Bool { state.withLock { $0.effects[job] != nil } }

    /// How often each job had its effect that had one.
    package var effects: [JobID: Int] { state.withLock { $0.effects } }

    /// How many effects happened.
    package var effectCount: Int { state.withLock { $0.effectCount } }
}
