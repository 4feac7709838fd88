#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Histories in files, one JSON line an event.
extension History {
    /// Reads files that ``HistoryWriter`` or ``write(to:)`` wrote, and merges them by time.
    ///
    /// The last line of a file is left out where it has no end: its process was killed while it wrote it.
    ///
    /// - Throws: ``HistoryError`` where a file cannot be read, or any other line is not an event.
    public init(files: [String]) throws(HistoryError) {
        self.init()
        for path in files { try read(path) }
        sortByTime()
    }

    /// Adds what other witnesses tell.
    public mutating func merge(_ other: History) {
        events += other.events
        final += other.final
        sortByTime()
    }

    /// Writes all into one file, so that a run that failed can be looked at later.
    ///
    /// - Throws: ``HistoryError`` where the file cannot be written.
    public func write(to path: String) throws(HistoryError) {
        var lines = Data()
        for event in events { lines.append(try HistoryLine.event(event).encoded()) }
        for job in final { lines.append(try HistoryLine.final(job).encoded()) }
        do {
            try lines.write(to: URL(filePath: path))
        } catch {
            throw HistoryError("cannot write '\(path)': \(error)")
        }
    }

    private mutating func read(_ path: String) throws(HistoryError) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw HistoryError("cannot read '\(path)': \(error)")
        }
        let decoder = JSONDecoder()
        var start = data.startIndex
        var number = 0
        // What stands behind the last line's end is half a line.
        while let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) {
            number += 1
            do {
                switch try decoder.decode(HistoryLine.self, from: data[start..<end]) {
                case .event(let event): events.append(event)
                case .final(let job): final.append(job)
                }
            } catch {
                throw HistoryError("line \(number) of '\(path)' is not an event: \(error)")
            }
            start = data.index(after: end)
        }
    }

    /// In time; what happened at one time stays in the order in which it was told.
    private mutating func sortByTime() {
        events.sort { $0.at < $1.at }
    }
}

extension HistoryEvent {
    /// When it happened, in microseconds of the store's uptime.
    public var at: Int64 {
        switch self {
        case .transition(let event): event.at
        case .lease(let event): event.at
        case .worker(let event): event.at
        case .action(let event): event.at
        case .call(let event): event.at
        case .reply(let event): event.at
        case .body(let event): event.at
        case .observed(let event): event.at
        case .process(let event): event.at
        case .finding(let event): event.at
        }
    }
}
