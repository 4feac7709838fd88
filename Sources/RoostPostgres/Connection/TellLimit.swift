import RoostCore

/// When a process tells others that something changed.
///
/// A notification takes a lock of the whole database until its transaction is on disk, so that those who notify commit one after the
/// other (https://www.postgresql.org/message-id/flat/3598.1363354686%40sss.pgh.pa.us). So the first call tells within its own
/// transaction, and those of the next milliseconds leave it to one message at the end of that time.
struct TellLimit {
    static let interval: Duration = .milliseconds(5)

    private var nextAt: Duration?
    private var held: News?

    /// Whether a call may tell in its transaction.
    func mayTell(at now: Duration) -> Bool {
        held == nil && nextAt.map { $0 <= now } ?? true
    }

    /// A call that might tell had something to tell, and did.
    mutating func told(at now: Duration) {
        nextAt = now + Self.interval
    }

    /// A call that might not tell had something to tell.
    ///
    /// - Returns: when what is held is to be told, where nobody was asked to do it before.
    mutating func hold(_ news: News, at now: Duration) -> Duration? {
        guard held == nil else {
            held?.add(news)
            return nil
        }
        held = news
        return max(nextAt ?? now, now)
    }

    /// What is to be told now.
    mutating func release(at now: Duration) -> News? {
        nextAt = now + Self.interval
        defer { held = nil }
        return held
    }
}
