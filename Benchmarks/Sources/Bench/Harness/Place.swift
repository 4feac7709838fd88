import Foundation

/// Where one measurement works.
struct Place {
    /// What a child or a peer is told: `memory`, the path of a database, or the URL of a server.
    var name: String
    /// On Redis.
    var server: RedisServer?

    /// Measures, and adds what the server spent a job, where there is one.
    func metered(_ jobs: Int, _ measure: (String) throws -> Figures) throws -> Figures {
        guard let server else { return try measure(name) }
        let meter = try ServerMeter(server)
        var figures = try measure(name)
        figures.merge(try meter.figures(for: jobs)) { _, new in new }
        return figures
    }
}

extension Plan {
    /// Calls `body` with a place that nothing was in before but a copy of `template`: memory, a database that does not exist
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
        }
    }
}
