import Logging
import PostgresSupport
import ProcessSupport
import RoostCore
import RoostPostgres
import StoreFaults
import Testing

/// The schema `roost` on Postgres servers that are disturbed.
final class PostgresSubject: FaultSubject {
    private let url: String
    private let server: @Sendable () -> PostgresServer

    /// - Parameters:
    ///   - url: what producers and workers connect to: a proxy, or several servers.
    ///   - server: the one that has the jobs when all is over.
    init(url: String, server: @escaping @Sendable () -> PostgresServer) {
        self.url = url
        self.server = server
    }

    func clientURL(timeout: Double) -> String { "\(url)?timeout=\(timeout)" }

    func open(timeout: Double, logger: Logger) async throws -> any JobStore {
        try await PostgresStore(clientURL(timeout: timeout), logger: logger)
    }

    func openDirectly(logger: Logger) async throws -> any JobStore {
        try await PostgresStore("\(server().url)?timeout=10", logger: logger)
    }

    /// Ended jobs need no leases, and nothing that is still to be done.
    func leftovers() throws -> [String] {
        let rows = try server().sql(
            """
            SELECT 'lease', count(*) FROM roost.lease UNION ALL SELECT 'todo', count(*) FROM roost.todo
            UNION ALL SELECT 'edge', count(*) FROM roost.edge UNION ALL SELECT 'job', count(*) FROM roost.job
            UNION ALL SELECT 'worker', count(*) FROM roost.worker w
                WHERE EXISTS (SELECT FROM roost.lease l WHERE l.worker = w.id)
            """
        )
        return rows.filter { $0[1] != "0" }.map { "\($0[1]) in roost.\($0[0])" }
    }
}

extension FaultRun where Subject == PostgresSubject {
    /// - Parameter url: what producers and workers connect to; nil: the server.
    convenience init(on server: PostgresServer, by url: String? = nil, settings: FaultSettings = .init()) {
        self.init(PostgresSubject(url: url ?? server.url, server: { server }), settings: settings)
    }

    /// Disturbs the work by `fault`, and expects that it goes on by itself in time and that nothing is lost, done twice or left.
    func disturbed(_ fault: (FaultRun) async throws -> Void) async throws {
        let report = try await report(fault)
        print("\(Test.current?.name ?? ""): \(report)")
        #expect(report.problems == [])
        let lasting = failures.filter { !$0.isTransient }
        #expect(lasting == [], "what passes is told as such")
    }
}

/// Calls `body` for so long, with so long a pause after each call, and goes on until that was enough.
///
/// - Throws: `NotInTime` where it is not enough after half a minute, and what `body` throws.
func again(
    for duration: Duration,
    every pause: Duration,
    until isEnough: () -> Bool,
    _ body: (Int) throws -> Void
) async throws {
    let start = ContinuousClock.now
    var turn = 0
    while ContinuousClock.now - start < duration || !isEnough() {
        guard ContinuousClock.now - start < .seconds(30) else {
            throw NotInTime(description: "\(turn) times were not enough")
        }
        try body(turn)
        turn += 1
        try await Task.sleep(for: pause)
    }
}
