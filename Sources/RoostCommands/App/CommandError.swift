/// What a command could not do, in words for whoever called it.
struct CommandError: Error, Equatable, CustomStringConvertible {
    /// What the process ends with.
    enum Status: Int32 {
        case failure = 1
        /// The arguments make no sense (`EX_USAGE`).
        case usage = 64
    }

    let description: String
    let status: Status

    init(_ description: String, status: Status = .failure) {
        self.description = description
        self.status = status
    }
}
