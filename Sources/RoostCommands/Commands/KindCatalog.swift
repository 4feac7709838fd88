import RoostCore

/// The kinds of job that this program has.
struct KindCatalog: Sendable {
    private let types: [any Job.Type]

    init<App: RoostApp>(of app: App.Type, in environment: CommandEnvironment) {
        self.types = (environment.discoversJobs ? JobDiscovery.jobs() : []) + App.jobs
    }

    var isEmpty: Bool { types.isEmpty }
    var kinds: [String] { Set(types.map { $0.kind }).sorted() }

    /// The type of jobs that are stored as `kind`.
    subscript(kind: String) -> (any Job.Type)? {
        types.first { $0.kind == kind || $0.aliases.contains(kind) }
    }

    /// The kind that was probably meant.
    func nearest(to kind: String) -> String? {
        let wanted = kind.lowercased()
        return kinds.min { distance($0, wanted) < distance($1, wanted) }.flatMap { nearest in
            distance(nearest, wanted) <= max(1, wanted.count / 3) ? nearest : nil
        }
    }

    /// How many letters must be changed; none where `wanted` is the last part of the kind.
    private func distance(_ kind: String, _ wanted: String) -> Int {
        let kind = kind.lowercased()
        if kind.split(separator: ".").last.map(String.init) == wanted { return 0 }
        let letters = Array(wanted)
        var row = Array(0...letters.count)
        for (index, letter) in kind.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in letters.indices {
                let change = diagonal + (letters[column] == letter ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, diagonal + 1, row[column] + 1)
            }
        }
        return row[letters.count]
    }
}
