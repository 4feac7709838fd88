import Foundation

/// A filled database that rounds are given copies of, made by the first case that asks for it.
struct Template {
    private let name: String
    private let file: Reference

    private final class Reference {
        var path = ""
    }

    init(_ name: String) {
        self.name = name
        self.file = Reference()
    }

    var path: String { file.path }

    /// - Parameter role: the child that fills: `fill` or `raw-fill`.
    func fill(by role: String, _ count: Int, _ plan: Plan) throws {
        let folder = "template-\(name)-\(count)"
        let path = plan.scratch.appending(path: folder).appending(path: "bench.db").path
        if !FileManager.default.fileExists(atPath: path) {
            let part = try plan.newFile("part")
            _ = try Child.run(role, part, "\(count)", "ready")
            _ = try plan.newFile(folder)
            try FileManager.default.moveItem(atPath: part, toPath: path)
        }
        file.path = path
    }
}
