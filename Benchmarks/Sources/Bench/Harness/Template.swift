import Foundation

/// A filled store that rounds are given copies of, made by the first case that asks for it: a database, or the file of
/// a server.
struct Template {
    private let name: String
    private let store: StoreKind
    private let reference: Reference

    private final class Reference {
        var folder = URL(filePath: "/")
    }

    init(_ name: String, _ store: StoreKind) {
        self.name = name
        self.store = store
        self.reference = Reference()
    }

    var folder: URL { reference.folder }

    /// Of the database.
    var path: String { folder.appending(path: "bench.db").path }

    /// - Parameter role: the child that fills: `fill`, `raw-fill` or `raw-redis-fill`.
    func fill(by role: String, _ count: Int, _ plan: Plan) throws {
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
