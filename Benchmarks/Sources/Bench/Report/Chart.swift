#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The run as a picture, in two parts: rates and times of Roost beside its peers and the reference, and how far each bar was
/// reached. Both on logarithmic scales, since a queue is a hundred times another.
struct Chart {
    var report: Report

    private static let width = 1040.0
    private static let labels = 390.0
    private static let right = 150.0
    private static let ink = "#1f2430"
    private static let faint = "#d9dde5"
    private static let colors = (roost: "#2563a8", peer: "#c9822b", reference: "#8b93a3", missed: "#b3382c")

    var svg: String {
        var parts: [String] = []
        var y = 34.0
        parts.append(text("Roost, its peers and the raw limit", 20, y, size: 18, weight: "600"))
        y += 20
        for line in report.machine.lines {
            parts.append(text(line, 20, y, size: 11, color: line.hasPrefix("WARNING") ? Self.colors.missed : "#5b6373"))
            y += 15
        }
        y += 14
        y = compared(from: y, title: "Jobs a second (more is better)", rows: rates, to: &parts)
        y = compared(from: y, title: "Time (less is better)", rows: times, to: &parts)
        y = bars(from: y, to: &parts)
        let head = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(n(Self.width))" height="\(n(y))" \
            viewBox="0 0 \(n(Self.width)) \(n(y))" font-family="Helvetica, Arial, sans-serif">
            <rect width="100%" height="100%" fill="#ffffff"/>
            """
        return ([head] + parts + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private var rates: [Row] { report.rows.filter { $0.unit == .perSecond && $0.roost != nil } }
    private var times: [Row] { report.rows.filter { $0.unit == .seconds && $0.roost != nil } }
    private var judged: [Row] { report.rows.filter { $0.attainment != nil } }

    // MARK: Panels

    private func compared(from top: Double, title: String, rows: [Row], to parts: inout [String]) -> Double {
        guard !rows.isEmpty else { return top }
        var y = top
        parts.append(text(title, 20, y, size: 14, weight: "600"))
        parts.append(legend(y))
        y += 12
        let bars = rows.map { row in
            ([(row.roost?.median, Self.colors.roost, "")]
                + row.peers.map { ($0.best.spread.median, Self.colors.peer, " \($0.peer.rawValue)") }
                + [(row.reference?.spread.median, Self.colors.reference, "")])
                .compactMap { value, color, name in value.map { (value: max($0, 1e-5), color: color, name: name) } }
        }
        let all = bars.joined().map(\.value)
        let scale = Scale(all, from: Self.labels, to: Self.width - Self.right)
        let bottom = y + bars.reduce(0) { $0 + Double($1.count) * 11 + 9 }
        grid(scale, y, bottom, unit: rows[0].unit, to: &parts)
        for (row, bars) in zip(rows, bars) {
            let height = Double(bars.count) * 11
            parts.append(label(row, y + height / 2 + 4))
            for (value, color, name) in bars {
                let end = scale.x(value)
                parts.append(
                    "<rect x=\"\(n(Self.labels))\" y=\"\(n(y))\" width=\"\(n(max(end - Self.labels, 1)))\" height=\"9\" fill=\"\(color)\"/>"
                )
                parts.append(text(row.unit.text(value) + name, end + 5, y + 8, size: 10))
                y += 11
            }
            y += 9
        }
        return y + 42
    }

    private func bars(from top: Double, to parts: inout [String]) -> Double {
        guard !judged.isEmpty else { return top }
        var y = top
        parts.append(text("Bars: how far each was reached (1 is just met)", 20, y, size: 14, weight: "600"))
        y += 12
        let values = judged.map { min(max($0.attainment ?? 1, 0.02), 100) }
        let scale = Scale(values + [0.5, 2], from: Self.labels, to: Self.width - Self.right)
        let bottom = y + Double(judged.count) * 20
        grid(scale, y, bottom, unit: .times, to: &parts)
        let one = scale.x(1)
        parts.append(line(one, y - 4, one, bottom + 2, color: Self.ink, width: 1.5))
        for (row, value) in zip(judged, values) {
            parts.append(label(row, y + 12))
            let x = scale.x(value)
            let color = row.verdict == .met ? Self.colors.roost : Self.colors.missed
            parts.append(
                "<rect x=\"\(n(min(x, one)))\" y=\"\(n(y + 3))\" width=\"\(n(max(abs(x - one), 1)))\" height=\"11\" fill=\"\(color)\"/>"
            )
            let note = "\(short(row.attainment ?? 0)) ×\(row.verdict == .met ? "" : " missed")"
            parts.append(text(note, max(x, one) + 5, y + 12, size: 10))
            y += 20
        }
        return y + 36
    }

    // MARK: Pieces

    /// Places on a logarithmic axis.
    private struct Scale {
        var low: Double
        var high: Double
        var from: Double
        var to: Double

        init(_ values: [Double], from: Double, to: Double) {
            self.from = from
            self.to = to
            low = Self.powerOfTen(below: values.min() ?? 1)
            high = Self.powerOfTen(below: values.max() ?? 10) * 10
        }

        private static func powerOfTen(below value: Double) -> Double {
            var power = 1.0
            while power > value { power /= 10 }
            while power * 10 <= value { power *= 10 }
            return power
        }

        var ticks: [Double] {
            var ticks: [Double] = []
            var tick = low
            while tick <= high * 1.001 {
                ticks.append(tick)
                tick *= 10
            }
            return ticks
        }

        func x(_ value: Double) -> Double {
            from + (to - from) * (log10(value) - log10(low)) / (log10(high) - log10(low))
        }
    }

    private func grid(_ scale: Scale, _ top: Double, _ bottom: Double, unit: FigureUnit, to parts: inout [String]) {
        for tick in scale.ticks {
            let x = scale.x(tick)
            parts.append(line(x, top - 4, x, bottom + 2, color: Self.faint, width: 1))
            parts.append(text(Self.name(of: tick, unit), x, bottom + 15, size: 10, color: "#5b6373", anchor: "middle"))
        }
    }

    /// A power of ten, without the zeros behind it that figures have.
    private static func name(of tick: Double, _ unit: FigureUnit) -> String {
        switch unit {
        case .seconds where tick < 1: "\(number(tick * 1000)) ms"
        case .seconds: "\(number(tick)) s"
        case .perSecond: "\(number(tick))/s"
        default: "\(number(tick)) ×"
        }
    }

    private static func number(_ power: Double) -> String {
        power >= 0.999 ? grouped(power) : fixed(power, Int((-log10(power)).rounded()))
    }

    private func legend(_ y: Double) -> String {
        let entries = [
            ("Roost", Self.colors.roost), ("peers", Self.colors.peer),
            ("raw limit, or Roost without", Self.colors.reference),
        ]
        return entries.enumerated().map { index, entry in
            let x = Self.labels + Double(index) * 85
            return "<rect x=\"\(n(x))\" y=\"\(n(y - 9))\" width=\"10\" height=\"10\" fill=\"\(entry.1)\"/>"
                + text(entry.0, x + 14, y, size: 11)
        }.joined()
    }

    private func label(_ row: Row, _ y: Double) -> String {
        text("\(row.title) · \(row.store.rawValue)", Self.labels - 8, y, size: 11, anchor: "end")
    }

    private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, color: String, width: Double) -> String {
        "<line x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\" stroke=\"\(color)\" stroke-width=\"\(n(width))\"/>"
    }

    private func text(
        _ content: String,
        _ x: Double,
        _ y: Double,
        size: Int,
        weight: String = "400",
        color: String = Chart.ink,
        anchor: String = "start"
    ) -> String {
        var escaped = ""
        for character in content {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.append(character)
            }
        }
        return "<text x=\"\(n(x))\" y=\"\(n(y))\" font-size=\"\(size)\" font-weight=\"\(weight)\" fill=\"\(color)\" "
            + "text-anchor=\"\(anchor)\">\(escaped)</text>"
    }

    private func n(_ value: Double) -> String { fixed(value, 1) }
}
