extension Duration {
    /// `count` minutes. Disfavoured, so that another package's extension of the same name wins quietly.
    @_disfavoredOverload
    public static func minutes(_ count: some BinaryInteger) -> Duration {
        .seconds(count) * 60
    }

    /// `count` hours of 60 minutes.
    @_disfavoredOverload
    public static func hours(_ count: some BinaryInteger) -> Duration {
        .seconds(count) * 3600
    }

    /// `count` days of 24 hours; a calendar has no part in it.
    @_disfavoredOverload
    public static func days(_ count: some BinaryInteger) -> Duration {
        .seconds(count) * 86_400
    }

    /// The duration in whole microseconds, rounded towards zero and held within the range of `Int64`.
    public var wholeMicroseconds: Int64 {
        // Compared first, since `components` traps where the seconds alone do not fit.
        if self >= .microseconds(Int64.max) { return .max }
        if self <= .microseconds(Int64.min) { return .min }
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }

    /// The duration in seconds, as precise as a `Double` is.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
