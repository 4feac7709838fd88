import Foundation

/// Where one measurement works.
struct Place {
    /// What a child or a peer is told: `memory`, the path of a database, or the URL of a server.
    var name: String
    /// On Redis.
    var server: RedisServer?
    /// On Postgres.
    var postgres: PostgresServer?

    /// Measures, and adds what the server spent a job, where there is one.
    func metered(_ jobs: Int, _ measure: (String) throws -> Figures) throws -> Figures {
        if let server {
            let meter = try ServerMeter(server)
            var figures = try measure(name)
            figures.merge(try meter.figures(for: jobs)) { _, new in new }
            return figures
        }
        if let postgres {
            let meter = try PostgresMeter(postgres)
            var figures = try measure(name)
            figures.merge(try meter.figures(for: jobs)) { _, new in new }
            return figures
        }
        return try measure(name)
    }
}

extension Plan {
    /// Calls `body` with a place that nothing was in before but what `template` has: memory, a database that does not exist
    /// yet, or a server of its own, which ends with the call.
    func at<Result>(
        _ store: StoreKind,
        _ name: String = "roost",
        from template: Template? = nil,
        _ body: (Place) throws -> Result
    ) throws -> Result {
        switch store {
        case .memory: return try body(Place(name: "memory"))
        case .sqlite:
            let path = try template.map { try copy($0.path, to: name) } ?? newFile(name)
            return try body(Place(name: path))
        case .redis:
            let server = try RedisServer(in: try template.map { try copy($0.folder, to: name) } ?? newFolder(name))
            let result = try body(Place(name: server.url, server: server))
            try server.end()
            return result
        case .postgres:
            let server = try newPostgres(name)
            try template?.fill(server)
            let result = try body(Place(name: server.url, postgres: server))
            try server.end()
            return result
        }
    }

    /// A Postgres that has just begun, and holds nothing.
    func newPostgres(_ name: String) throws -> PostgresServer {
        try PostgresServer(in: newFolder(name), template: scratch.appending(path: "template-postgres"))
    }
}
