/// Draws the measures of a soak, one below the other.
struct SoakChart {
    var samples: [SoakSample]
    var title: String

    private static let width = 760.0
    private static let height = 90.0
    private static let left = 170.0

    var svg: String {
        let seconds = samples.last?.second ?? 1
        var y = 40.0
        var parts = [Self.text(title, x: 10, y: 20, size: 14)]
        for series in SoakSeries.all {
            parts.append(panel(series, seconds, top: y))
            y += Self.height + 24
        }
        parts.append(Self.text("0", x: Self.left, y: y, size: 11))
        parts.append(Self.text("\(Int(seconds / 60)) min", x: Self.left + Self.width - 40, y: y, size: 11))
        let size = (Self.left + Self.width + 20, y + 16)
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size.0) \(size.1)" width="\(size.0)" height="\(size.1)">
            <rect width="100%" height="100%" fill="white"/>
            \(parts.joined(separator: "\n"))
            </svg>

            """
    }

    private func panel(_ series: SoakSeries, _ seconds: Double, top: Double) -> String {
        let values = samples.map(series.value)
        let most = max(values.max() ?? 0, 1)
        let points = zip(samples, values).map { sample, value in
            let x = Self.left + sample.second / max(seconds, 1) * Self.width
            let y = top + Self.height * (1 - value / most)
            return "\(Self.short(x)),\(Self.short(y))"
        }
        return """
            \(Self.text(series.name, x: 10, y: top + 14, size: 12))
            \(Self.text("0 to \(series.text(most))", x: 10, y: top + 30, size: 11))
            <rect x="\(Self.left)" y="\(top)" width="\(Self.width)" height="\(Self.height)" fill="none" stroke="#ccc"/>
            <polyline fill="none" stroke="#1f6fb4" stroke-width="1.5" points="\(points.joined(separator: " "))"/>
            """
    }

    private static func short(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    private static func text(_ text: String, x: Double, y: Double, size: Int) -> String {
        "<text x=\"\(x)\" y=\"\(y)\" font-family=\"sans-serif\" font-size=\"\(size)\">\(text)</text>"
    }
}
