/// Which losses and returns of the server are news: many connections are lost at once, and some are found out late.
struct OutageNews: Sendable {
    private var isDown = false
    /// The connection that was the first after the last outage; those of before tell nothing new.
    private var firstBack = 0

    /// - Parameter connection: its number, or that of the attempt to make it.
    mutating func isLoss(of connection: Int) -> Bool {
        guard !isDown, connection >= firstBack else { return false }
        isDown = true
        return true
    }

    mutating func isReturn(by connection: Int) -> Bool {
        guard isDown else { return false }
        isDown = false
        firstBack = connection
        return true
    }
}
