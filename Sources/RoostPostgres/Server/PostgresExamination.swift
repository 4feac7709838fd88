import Logging
package import RoostCore
import RoostPostgresClient

/// Looks at a server and at what a store has there, and changes nothing.
package struct PostgresExamination: Sendable {
    private let database: Database
    private let options: PostgresStoreOptions

    private init(_ url: PostgresStoreURL) throws(InvalidPostgresStoreURL) {
        var options = PostgresStoreOptions()
        // What happens to the connection is in the findings.
        let silent = Logger(label: "roost.postgres") { _ in SwiftLogNoOpLogHandler() }
        self.database = try Database(url.text, &options, logger: silent)
        self.options = options
    }

    /// All that is to be said, in the order in which it matters.
    package static func findings(of url: PostgresStoreURL) async throws(InvalidPostgresStoreURL) -> [StoreFinding] {
        let examination = try PostgresExamination(url)
        let findings = await examination.look()
        await examination.database.client.close()
        return findings
    }

    private func look() async -> [StoreFinding] {
        let start = ContinuousClock.now
        do {
            return try await database.client.withSession { session in
                try await findings(session, connected: ContinuousClock.now - start)
            }
        } catch {
            return [unreachable(error as? PostgresError ?? .checkFailed(error))]
        }
    }

    private func findings(
        _ session: PostgresSession,
        connected: Duration
    ) async throws(PostgresError) -> [StoreFinding] {
        let facts = try await facts(session)
        let clock = try await clock(session)
        let reachable = StoreFinding(
            .ok,
            "reachable",
            """
            connected in \(FindingWords.milliseconds(connected)), one round trip \(FindingWords.milliseconds(clock.roundTrip))
            """
        )
        let schema = facts.schema.findings(
            newest: SchemaStep.newest,
            migrates: options.migrates,
            user: facts.user,
            mayMakeSchemas: facts.mayMakeSchemas
        )
        let prepares = database.client.configuration.preparesStatements
        let pooler = await probe(session, facts).findings(listens: options.listens, prepares: prepares)
        let contents = await contents(session, facts)
        return [reachable] + facts.findings + schema + facts.vacuumFindings + pooler + [clock.finding] + contents
    }

    private func unreachable(_ error: PostgresError) -> StoreFinding {
        let advice: String =
            switch error {
            case .refused: "look at the user, the password, the database and the certificates"
            case .unexpectedAnswer: "look at the address: something else may listen there"
            case .server, .checkFailed: "look at what the server says"
            case .unreachable, .timedOut, .unknownFate, .poolExhausted, .closed:
                "start the server, or look at the address and at what is between"
            }
        return StoreFinding(.problem, "reachable", "\(error)", meaning: "nothing works", advice: advice)
    }

    // MARK: The server

    private func facts(_ session: PostgresSession) async throws(PostgresError) -> ServerFacts {
        let answers = try await session.run(ServerFacts.questions(database.schema))
        var facts = try ServerFacts(answers, schema: database.schema)
        facts.isUsingTLS = session.isUsingTLS
        facts.host = session.host
        let meta = facts.schema.relations.first { $0.name == "meta" }
        if facts.schema.mayUse, let meta, !meta.missingPrivileges.contains("SELECT") {
            facts.schema.version = try await version(session)
        }
        return facts
    }

    private func version(_ session: PostgresSession) async throws(PostgresError) -> SchemaFacts.Version {
        let sql = database.schema.render("SELECT value::text FROM roost.meta WHERE key = 'schema'")
        do throws(PostgresError) {
            let result = try await session.run([PostgresQuery(sql, prepared: false)])
            guard let version = result.first.flatMap({ try? $0.text(0, 0) }).flatMap({ Int($0) }), version > 0 else {
                return .foreign
            }
            return .number(version)
        } catch {
            // A table of that name with other columns.
            guard case .server = error else { throw error }
            return .foreign
        }
    }

    /// By the answer of several that came fastest.
    private func clock(_ session: PostgresSession) async throws(PostgresError) -> ServerClock {
        let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
        var best: ServerClock?
        for _ in 0..<5 {
            let start = ContinuousClock.now
            let before = SystemTimeSource().now
            let result = try await session.run([PostgresQuery(sql, prepared: false)])
            let roundTrip = ContinuousClock.now - start
            let server = Timestamp(microseconds: try result.first?.int64(0, 0) ?? 0)
            guard best.map({ roundTrip < $0.roundTrip }) ?? true else { continue }
            let lead = server - before - roundTrip / 2
            best = ServerClock(lead: lead, roundTrip: roundTrip)
        }
        return best ?? ServerClock(lead: .zero, roundTrip: .zero)
    }

    // MARK: What is between

    private func probe(_ session: PostgresSession, _ facts: ServerFacts) async -> PoolerProbe {
        var probe = PoolerProbe()
        probe.announced = Int64(session.backendProcess)
        // A standby lets nobody listen.
        let listens = options.listens && !facts.isStandby
        if listens {
            let channel = database.schema.channel.replacing("\"", with: "\"\"")
            do throws(PostgresError) {
                _ = try await session.run([PostgresQuery("LISTEN \"\(channel)\"", prepared: false)])
            } catch {
                probe.refusal = "\(error)"
            }
        }
        let question = PostgresQuery(
            "SELECT pg_backend_pid(), ARRAY(SELECT pg_listening_channels())",
            prepared: false
        )
        for _ in 0..<2 {
            guard let result = try? await session.run([question]).first, let process = try? result.int64(0, 0)
            else { continue }
            probe.processes.append(process)
            let channels = (try? result.texts(0, 1)) ?? []
            if listens { probe.hears = (probe.hears ?? true) && !channels.isEmpty }
        }
        // While this one is open, only a pooler of transactions answers by the same process.
        let other = try? await database.client.run([question], isUrgent: true).first
        probe.other = other.flatMap { try? $0.int64(0, 0) }
        return probe
    }

    // MARK: The store

    private func contents(_ session: PostgresSession, _ facts: ServerFacts) async -> [StoreFinding] {
        guard facts.schema.mayRead, case .number(let version) = facts.schema.version, version <= SchemaStep.newest
        else { return [] }
        do throws(PostgresError) {
            return try StoreContents(try await session.run(StoreContents.questions(database))).findings
        } catch {
            return [StoreFinding(.warning, "jobs", "they could not be counted: \(error)")]
        }
    }
}
