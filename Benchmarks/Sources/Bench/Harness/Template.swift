import Foundation

/// A filled store that rounds are given copies of, made by the first case that asks for it: a database, or the file of
/// a server. A Postgres is filled anew each time: in the copy of a folder each page that is changed for the first time would go to its
/// log as a whole, as it does after a checkpoint, and not in what jobs that came and went left behind.
struct Template {
    private let name: String
    private let store: StoreKind
    private let reference: Reference

    private final class Reference {
        var folder = URL(filePath: "/")
        var filling: [String] = []
    }

    init(_ name: String, _ store: StoreKind) {
        self.name = name
        self.store = store
        self.reference = Reference()
    }

    var folder: URL { reference.folder }

    /// Of the database.
    var path: String { folder.appending(path: "bench.db").path }

    /// Fills a Postgres that holds nothing.
    func fill(_ server: PostgresServer) throws {
        guard let role = reference.filling.first else { throw Failure("it is not known what to fill Postgres with") }
        _ = try Child.run([role, server.url] + reference.filling.dropFirst())
    }

    /// - Parameter role: the child that fills: `fill`, `raw-fill` or `raw-redis-fill`.
    func fill(by role: String, _ count: Int, _ plan: Plan) throws {
        guard store != .postgres else {
            reference.filling = [role, "\(count)", "ready"]
            return
        }
        let wanted = plan.scratch.appending(path: "template-\(store.rawValue)-\(name)-\(count)")
        if !FileManager.default.fileExists(atPath: wanted.path) {
            let part = try plan.at(store, "part") { place in
                _ = try Child.run([role, place.name, "\(count)", "ready"])
                try place.server?.saveAndEnd()
                return plan.scratch.appending(path: "part")
            }
            try FileManager.default.moveItem(at: part, to: wanted)
        }
        reference.folder = wanted
    }
}
