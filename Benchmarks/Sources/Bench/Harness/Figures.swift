/// What one measurement found, by name: `jobs_per_second`, `start_p50`. Rates are a second, times are seconds.
typealias Figures = [String: Double]

/// Which store a row of the table is about.
enum StoreKind: String, Codable, Sendable, CaseIterable {
    case memory
    case sqlite
    case redis
    case postgres
}

/// The value of a share of the sorted `values`: 0.5 for the median, 0.99 for the 99th percentile.
func percentile(_ values: [Double], _ share: Double) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
}

/// The values of all rounds in three numbers.
struct Spread: Codable, Sendable, Equatable {
    var median: Double
    var lowest: Double
    var highest: Double
    /// What each round found, in their order.
    var values: [Double]
    var rounds: Int { values.count }

    init?(_ values: [Double]) {
        guard let lowest = values.min(), let highest = values.max() else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        self.median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        self.lowest = lowest
        self.highest = highest
        self.values = values
    }
}
