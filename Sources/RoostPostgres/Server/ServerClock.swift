import RoostCore

/// A server's clock beside this machine's.
struct ServerClock: Sendable, Equatable {
    /// How far the server's is ahead.
    var lead: Duration
    /// The difference may be wrong by half of it.
    var roundTrip: Duration

    /// What the difference means.
    var finding: StoreFinding {
        let distance = lead < .zero ? .zero - lead : lead
        let uncertainty = FindingWords.milliseconds(roundTrip / 2)
        let what =
            distance <= roundTrip / 2
            ? "the server's is this machine's (± \(uncertainty))"
            : "the server's is \(Self.text(distance)) \(lead < .zero ? "behind" : "ahead of") this machine's (± \(uncertainty))"
        guard distance - roundTrip / 2 > .seconds(5) else { return StoreFinding(.ok, "clock", what) }
        return StoreFinding(
            .warning,
            "clock",
            what,
            meaning: """
                times that this machine gives, as those jobs are to start at, are the server's, which counts; leases do not depend \
                on the difference
                """,
            advice: "let both machines follow a time server"
        )
    }

    private static func text(_ duration: Duration) -> String {
        duration < .seconds(1)
            ? FindingWords.milliseconds(duration) : "\((duration / .seconds(1) * 10).rounded() / 10) s"
    }
}
