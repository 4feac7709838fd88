import Foundation
import ProcessSupport

/// What the demo found out, as read from what it printed or from the independent computation.
struct Answer: Equatable, Decodable {
    struct Group: Equatable, Decodable {
        var size: Int
        /// For each file its path, then its further hard links.
        var files: [[String]]
    }

    var files: Int
    var size: Int
    var duplicates: Int
    var wasted: Int
    var empty: Int
    var hardLinks: Int
    /// In the order of the paths.
    var groups: [Group]

    /// Hashes the files below `folder` with Python's hashlib, one after the other.
    static func computed(in folder: String, scratch: String) async throws -> Answer {
        let result = try await Program.python(computation, [folder], in: scratch)
        return try JSONDecoder().decode(Answer.self, from: Data(result.output.utf8))
    }

    /// Reads the demo's standard output.
    init(printed text: String) throws {
        self.init(files: 0, size: 0, duplicates: 0, wasted: 0, empty: 0, hardLinks: 0, groups: [])
        for line in text.split(separator: "\n") {
            let numbers = line.split(separator: " ").map { $0.filter { $0 != "," } }.compactMap { Int($0) }
            if line.hasSuffix("too many:") {
                groups.append(Group(size: numbers[1], files: []))
            } else if line.hasPrefix("    and its hard link ") {
                let last = groups[groups.count - 1].files.count - 1
                groups[groups.count - 1].files[last].append(String(line.dropFirst("    and its hard link ".count)))
            } else if line.hasPrefix("Could not") {
                // What follows are no files of a group.
                groups.append(Group(size: 0, files: []))
            } else if line.hasPrefix("  ") {
                groups[groups.count - 1].files.append([String(line.dropFirst(2))])
            } else if line.hasPrefix("Files:") {
                (files, size) = (numbers[0], numbers[1])
            } else if line.hasPrefix("Duplicates:") {
                (duplicates, wasted) = (numbers[0], numbers[2])
            } else if line.hasPrefix("Also:") {
                (empty, hardLinks) = (numbers[0], numbers[1])
            }
        }
        groups.removeAll { $0.size == 0 }
        groups.sort { $0.files[0][0].utf8.lexicographicallyPrecedes($1.files[0][0].utf8) }
    }

    private init(
        files: Int,
        size: Int,
        duplicates: Int,
        wasted: Int,
        empty: Int,
        hardLinks: Int,
        groups: [Group]
    ) {
        self.files = files
        self.size = size
        self.duplicates = duplicates
        self.wasted = wasted
        self.empty = empty
        self.hardLinks = hardLinks
        self.groups = groups
    }

    /// Written from the words of the README, not from the program.
    private static let computation = #"""
        import hashlib, json, os, stat, sys

        def text(path):
            try:
                path.decode()
                return path.decode().replace("\\", "\\\\")
            except UnicodeDecodeError:
                return "".join(chr(b) if b < 128 else "\\x%02X" % b for b in path)

        contents, inodes = {}, {}
        files = empty = size = 0
        for folder, _, names in os.walk(os.fsencode(sys.argv[1])):
            for name in names:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                if not stat.S_ISREG(status.st_mode):
                    continue
                files += 1
                if status.st_size == 0:
                    empty += 1
                    continue
                inodes.setdefault((status.st_dev, status.st_ino), []).append(path)
        for paths in inodes.values():
            paths.sort()
            with open(paths[0], "rb") as file:
                data = file.read()
            size += len(data)
            contents.setdefault((hashlib.sha256(data).hexdigest(), len(data)), []).append(paths)
        groups = [(length, sorted(same)) for (_, length), same in contents.items() if len(same) > 1]
        groups.sort(key=lambda group: group[1][0][0])
        print(json.dumps({
            "files": files,
            "size": size,
            "duplicates": sum(len(same) - 1 for _, same in groups),
            "wasted": sum(length * (len(same) - 1) for length, same in groups),
            "empty": empty,
            "hardLinks": sum(len(paths) - 1 for paths in inodes.values()),
            "groups": [
                {"size": length, "files": [[text(path) for path in paths] for paths in same]} for length, same in groups
            ],
        }))
        """#
}
