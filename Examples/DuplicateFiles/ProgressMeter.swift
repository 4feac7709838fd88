/// How fast a search goes, and how long it will take. No clock: time is given to it.
struct ProgressMeter {
    /// How far back the rate looks.
    private static let window: Duration = .seconds(5)

    private var samples: [(time: Duration, ended: Int)] = []
    private var lastPercent: Int?

    mutating func add(_ ended: Int, at time: Duration) {
        samples.append((time, ended))
        while samples.count > 2, time - samples[1].time >= Self.window { samples.removeFirst() }
    }

    /// Jobs ended a second, lately; nil while that cannot be told.
    var rate: Double? {
        guard let first = samples.first, let last = samples.last, last.time > first.time else { return nil }
        return Double(last.ended - first.ended) / ((last.time - first.time) / .seconds(1))
    }

    /// `[=======>      ]  45% 4,211 of 9,310 files, 2,310 a second, 0:02 left`
    func bar(_ progress: Search.Progress, columns: Int) -> String {
        let text = " \(percent(progress))% \(numbers(progress))"
        let width = min(30, columns - text.count - 3)
        guard width >= 5 else { return text }
        let done = width * progress.ended / max(progress.total, 1)
        let head = done < width ? ">" : ""
        let rest = String(repeating: " ", count: width - done - head.count)
        return "[" + String(repeating: "=", count: done) + head + rest + "]" + text
    }

    /// The same in plain words, where there is as much new as a line is worth: each twentieth of the way.
    mutating func plainLine(_ progress: Search.Progress) -> String? {
        let percent = percent(progress) / 5 * 5
        guard percent != lastPercent else { return nil }
        lastPercent = percent
        return "hashed \(numbers(progress))"
    }

    private func percent(_ progress: Search.Progress) -> Int {
        progress.total == 0 ? 100 : 100 * progress.ended / progress.total
    }

    private func numbers(_ progress: Search.Progress) -> String {
        var text = "\(progress.ended.grouped) of \(progress.total.grouped) files"
        guard progress.ended < progress.total, let rate, rate > 0 else { return text }
        let seconds = Int((Double(progress.total - progress.ended) / rate).rounded(.up))
        text += ", \(Int(rate.rounded()).grouped) a second, "
        text += "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60) left"
        return text
    }
}
