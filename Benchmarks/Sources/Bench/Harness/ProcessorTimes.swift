import Foundation

/// How the processors of the machine spent their time since it started, in ticks. nil where there is no `/proc/stat`.
struct ProcessorTimes {
    private var busy: Double
    private var total: Double
    /// What the host gave to other machines, although this one had work.
    private var stolen: Double

    init?() {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            let line = text.split(separator: "\n").first
        else { return nil }
        // cpu user nice system idle iowait irq softirq steal; what follows is counted in user and nice already.
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        guard ticks.count == 8 else { return nil }
        total = ticks.reduce(0, +)
        busy = total - ticks[3] - ticks[4]
        stolen = ticks[7]
    }

    /// The shares of all processors' time since `earlier`.
    func shares(since earlier: ProcessorTimes) -> (busy: Double, stolen: Double) {
        let all = max(total - earlier.total, 1)
        return ((busy - earlier.busy) / all, (stolen - earlier.stolen) / all)
    }

    /// The share that is busy for `seconds` in which this process does nothing.
    static func busyShare(for seconds: Double) -> Double? {
        guard let before = ProcessorTimes() else { return nil }
        Clock.sleep(seconds)
        return ProcessorTimes()?.shares(since: before).busy
    }
}
