/// Something to measure: Roost, beside what it is compared with, in the same rounds.
struct Case {
    var id: String
    var store: StoreKind
    var rounds: Int
    var contestants: [Contestant]
    /// The rows of the table that its figures fill.
    var rows: [RowPlan]
    /// Called before the first round; what it throws fails every row.
    var prepare: () throws -> Void = {}
}

/// One of those whose figures a case compares.
struct Contestant {
    enum Role: Hashable {
        case roost
        case peer(Peer)
        /// What Roost is held against: the raw limit, or itself under other conditions.
        case reference
    }

    var role: Role
    var name: String
    /// Measures once. Called once a round, in turn with the others.
    var measure: (_ round: Int) throws -> Figures

    static func roost(_ measure: @escaping (_ round: Int) throws -> Figures) -> Contestant {
        Contestant(role: .roost, name: "Roost", measure: measure)
    }
}

/// Another job system.
enum Peer: String, Codable, Sendable, CaseIterable {
    case huey = "Huey"
    case sidekiq = "Sidekiq"
    case pgqueuer = "PgQueuer"
    case procrastinate = "Procrastinate"
}

/// A row of the table, before it is filled.
struct RowPlan {
    var id: String
    var title: String
    /// The figure it shows, by its name in ``Figures``.
    var figure: String
    var unit: FigureUnit
    /// What the reference's figure is called, where not the same.
    var referenceFigure: String?
    /// Figures that are told in a note, as they are: name, title, unit.
    var asides: [(figure: String, title: String, unit: FigureUnit)] = []

    init(
        _ id: String,
        _ title: String,
        _ figure: String,
        _ unit: FigureUnit,
        referenceFigure: String? = nil,
        asides: [(figure: String, title: String, unit: FigureUnit)] = []
    ) {
        self.id = id
        self.title = title
        self.figure = figure
        self.unit = unit
        self.referenceFigure = referenceFigure
        self.asides = asides
    }
}
