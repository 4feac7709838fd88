import Foundation
package import ProcessSupport
package import RoostCore

/// The program `FaultWorker` as its test sees it: a worker in a process of its own, which may be frozen.
package struct ChildWorker {
    package let program: Program
    private let path: String

    /// - Parameter folder: where it writes its ledger.
    package init(_ url: String, in folder: TemporaryFolder) throws {
        path = folder.file("ledger")
        program = try Program("FaultWorker", [url, path], in: folder.path)
    }

    /// What it has told so far.
    package func entries() throws -> [Ledger.Entry] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        // The last line may be half written.
        let whole = data.lastIndex(of: 10).map { data[...$0] } ?? Data()
        return try whole.split(separator: 10).map { try JSONDecoder().decode(Ledger.Entry.self, from: $0) }
    }

    package func waitForWork() async throws {
        try await waitUntil("the child works") { try entries().contains(where: \.isEffect) }
    }

    /// Freezes it at a moment at which it has told of the start of a job and not of its effect: the store cannot have been
    /// told of its end.
    ///
    /// - Returns: those jobs.
    package func freezeAtWork() async throws -> Set<JobID> {
        var held: Set<JobID> = []
        try await waitUntil("the child stands still while jobs run") {
            program.send(SIGSTOP)
            // It writes no more once it stands.
            try await Task.sleep(for: .milliseconds(20))
            var open: Set<JobID> = []
            for entry in try entries() {
                if case .started = entry.kind { open.insert(entry.job) }
                if entry.isEffect { open.remove(entry.job) }
            }
            held = open
            if open.isEmpty { program.send(SIGCONT) }
            return !open.isEmpty
        }
        return held
    }

    /// Lets it go on, and waits until it has settled a job since.
    package func thaw() async throws {
        program.send(SIGCONT)
        let woken = try entries().count
        try await waitUntil("the child works again") {
            try entries().dropFirst(woken).contains { entry in
                if case .settled(_, true, .applied) = entry.kind { true } else { false }
            }
        }
    }

    /// Has it stop as an operator would.
    ///
    /// - Returns: what it ended with; its ledger is complete then.
    package func stop(into ledger: Ledger) async throws -> Program.Result {
        program.send(SIGTERM)
        let result = try await program.result()
        try ledger.add(fileAt: path)
        return result
    }
}

extension Ledger.Entry {
    package var isEffect: Bool { if case .effect = kind { true } else { false } }

    /// An end that the store refused, since the lease was lost.
    package var isRefusedEnd: Bool { if case .settled(_, _, .stale) = kind { true } else { false } }
}
