/// Numbers as findings have them.
enum FindingWords {
    /// `0.42 ms`
    static func milliseconds(_ duration: Duration) -> String {
        "\((duration / .milliseconds(1) * 100).rounded() / 100) ms"
    }

    /// `3 s`, `12 min`, `5 h`, `3 days`
    static func age(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        return switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) days"
        }
    }

    /// `1.5 MB`
    static func size(_ bytes: Int64) -> String {
        let units = ["bytes", "kB", "MB", "GB", "TB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let tenths = (value * 10).rounded() / 10
        return unit == 0 || tenths == tenths.rounded() ? "\(Int(tenths)) \(units[unit])" : "\(tenths) \(units[unit])"
    }

    /// The first of them, and how many more there are.
    static func list(_ items: [String], upTo limit: Int = 5) -> String {
        let rest = items.count - limit
        return items.prefix(limit).joined(separator: "; ") + (rest > 0 ? "; and \(rest) more" : "")
    }
}
