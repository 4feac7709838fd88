import RoostCore

/// How a server's date and the machine's uptime, by which histories are kept, go together. The date may be slewed during a run, so
/// they are compared at its beginning and at its end.
struct ServerClock: Sendable {
    private struct Look {
        /// In µs since 1970.
        var date: Int64
        var uptime: Int64

        static var now: Look {
            let before = System.uptime
            let date = SystemTimeSource().now.microseconds
            return Look(date: date, uptime: (before + System.uptime) / 2)
        }
    }

    private let first = Look.now
    private var last = Look.now

    static var date: Int64 { Look.now.date }

    mutating func lookAgain() {
        last = .now
    }

    func uptime(at date: Int64) -> Int64 {
        let (start, end) = (first.uptime - first.date, last.uptime - last.date)
        guard last.date > first.date else { return date + start }
        let part = Double(date - first.date) / Double(last.date - first.date)
        return date + start + Int64(Double(end - start) * min(max(part, 0), 1))
    }
}
