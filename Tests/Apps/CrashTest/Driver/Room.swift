import ProcessSupport

/// What can run out, and the store with it.
protocol Room {
    /// By what it is made to run out.
    var means: String { get }
    func fill() throws
    func makeRoom() throws
}

extension SmallDisk: Room {
    var means: String { way.description }
}
