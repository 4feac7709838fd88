import RoostCore

/// How long one who does much in a turn keeps at it while others stand in line who would be done at once.
struct Patience {
    /// Long enough that the turn's own cost, a sync of the disk, is the smaller part of it.
    private static let turn: Duration = .milliseconds(1)

    private let start = ContinuousClock.now
    private let isWanted: () -> Bool

    /// - Parameter isWanted: whether somebody waits; asked only after a while, since it takes a call of the kernel.
    init(isWanted: @escaping () -> Bool) {
        self.isWanted = isWanted
    }

    /// Whether to end the turn here, and to go on in another.
    var isOver: Bool { isOver(after: Self.turn) }

    /// The same for one who has as much to do again with what was done so far.
    var isHalfOver: Bool { isOver(after: Self.turn / 2) }

    private func isOver(after time: Duration) -> Bool {
        ContinuousClock.now - start >= time && isWanted()
    }
}

extension StoreLimits {
    /// How many jobs are moved between two looks at who waits.
    static let jobsBetweenLooks = 16
}
