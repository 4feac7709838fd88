import Logging
import RoostCore
import RoostRedisClient
import Synchronization

/// Looks at each server that a connection is made to, before anything is asked of it: says what it means for jobs, and refuses one
/// that may drop them.
final class ServerWatch: Sendable {
    private struct State {
        /// The servers that were told of, each from one start of it to the next.
        var seen: Set<String> = []
        /// Whether there was a good server before.
        var hadServer = false
    }

    private let options: RedisStoreOptions
    private let logger: Logger
    private let state = Mutex(State())

    init(_ options: RedisStoreOptions, logger: Logger) {
        self.options = options
        self.logger = logger
    }

    /// - Throws: `StoreError` where the server must not be used; `RedisError` where there is no telling.
    func look(at link: RedisServerLink) async throws {
        let facts = ServerFacts(replies: try await link.pipeline(ServerFacts.questions))
        let findings = facts.findings(acceptsEviction: options.acceptsEviction, replicas: options.replicas)
        let (isNew, hadServer) = state.withLock { state in
            (state.seen.insert(facts.run ?? "\(link.address)").inserted, state.hadServer)
        }
        if isNew { tell(findings, of: facts, at: link.address) }
        if let finding = findings.first(where: { $0.refusal != nil }), let code = finding.refusal {
            // While masters change, what was one may be a replica for a moment: it is looked for again.
            if code == .readOnly, hadServer { throw RedisError.connectionLost("\(link.address) is \(finding.what)") }
            throw StoreError(code, "the Redis server \(link.address) is not used. \(finding.line)")
        }
        state.withLock { $0.hadServer = true }
    }

    private func tell(_ findings: [StoreFinding], of facts: ServerFacts, at address: RedisAddress) {
        let metadata: Logger.Metadata = ["server": "\(address)"]
        let persistence = findings.first { $0.subject == "persistence" }
        logger.info(
            "a store on \(facts.serverName); \(persistence?.what ?? "")",
            metadata: metadata
        )
        for finding in findings {
            switch finding.severity {
            case .ok: logger.debug("\(finding.line)", metadata: metadata)
            case .warning: logger.warning("\(finding.line)", metadata: metadata)
            case .problem: logger.error("\(finding.line)", metadata: metadata)
            }
        }
    }
}
