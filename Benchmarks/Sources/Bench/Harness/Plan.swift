import Foundation

/// How much is measured, and with what.
struct Plan {
    var isQuick: Bool
    /// A folder on a real disk, for databases. Emptied between cases.
    var scratch: URL
    /// nil where it is not installed: its columns stay empty.
    var huey: Huey?
    var sidekiq: Sidekiq?
    /// Those that are installed.
    var postgresPeers: [PostgresPeer] = []
    /// The folder of the scripts of Roost's store on Redis, which the raw limit there calls too.
    var scripts: String
    /// Seconds that the disk takes to confirm a write.
    var sync: Double

    func size(_ full: Int, quick: Int) -> Int { isQuick ? quick : full }

    /// How many single commits to measure: as many on a slow disk as take a second or so.
    func commits(_ most: Int) -> Int {
        min(most, max(most / 10, Int(1 / max(sync, 1e-5))))
    }

    func rounds(_ full: Int) -> Int { isQuick ? 1 : full }

    /// A path for a database that does not exist yet.
    func newFile(_ name: String) throws -> String {
        try newFolder(name).appending(path: "bench.db").path
    }

    /// A folder that nothing is in.
    func newFolder(_ name: String) throws -> URL {
        let folder = scratch.appending(path: name)
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// A copy of the closed database at `path`, which the disk has before anything is measured.
    func copy(_ path: String, to name: String) throws -> String {
        let file = try newFile(name)
        try FileManager.default.copyItem(atPath: path, toPath: file)
        let handle = try FileHandle(forUpdating: URL(filePath: file))
        try handle.synchronize()
        try handle.close()
        return file
    }

    /// A copy of what a server left in `folder`.
    func copy(_ folder: URL, to name: String) throws -> URL {
        let copied = try newFolder(name)
        let data = "appendonlydir"
        try FileManager.default.copyItem(at: folder.appending(path: data), to: copied.appending(path: data))
        return copied
    }

    /// What cannot be deleted only takes room.
    func emptyScratch() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: scratch.path)) ?? []
        for name in names { try? FileManager.default.removeItem(at: scratch.appending(path: name)) }
    }
}
