import Foundation
import GRDBSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Where a run took place, and what else went on there.
struct Machine: Codable, Sendable {
    var date: String
    var processors: Int
    var processor: String
    var memoryInGB: Double
    var system: String
    var swift: String
    var sqlite: String
    /// nil where it is not installed.
    var redis: String?
    var postgres: String?
    /// By the name of the peer.
    var peers: [String: String]
    var loadBefore: Double
    /// The share of the processors that others used just before: the load also tells of the build that went before.
    var busyBefore: Double?
    var loadAfter: Double?
    var busyAfter: Double?
    /// The share of the run's time that the host of a virtual machine gave to others.
    var stolen: Double?
    /// Seconds that the disk takes to confirm a write of one page, the median: what a commit at FULL costs at least.
    var sync: Double
    /// Seconds that a sleeping thread takes to wake, the median.
    var wake: Double?

    init(swift: String, peers: [Peer: String?], scratch: URL) {
        let format = ISO8601DateFormatter()
        date = format.string(from: Date())
        processors = ProcessInfo.processInfo.activeProcessorCount
        processor = Self.processorName
        memoryInGB = Double(ProcessInfo.processInfo.physicalMemory) / 1_000_000_000
        system = Self.systemName
        self.swift = swift
        sqlite = String(cString: sqlite3_libversion())
        redis = RedisServer.installed.map { "\($0.name == "redis" ? "Redis" : "Valkey") \($0.version)" }
        postgres = PostgresPrograms.installed?.version
        self.peers = [:]
        for (peer, version) in peers { self.peers[peer.rawValue] = version }
        loadBefore = Self.load
        busyBefore = ProcessorTimes.busyShare(for: 1)
        sync = Self.syncTime(in: scratch)
        wake = WakeTime.measure()
    }

    /// How many processes wanted a processor in the last minute.
    static var load: Double {
        var values = [0.0]
        return getloadavg(&values, 1) == 1 ? values[0] : .nan
    }

    /// Whether others had so much of the processors that times mean little.
    var wasBusy: Bool {
        guard let busyBefore else { return loadBefore > 0.25 * Double(processors) }
        return max(busyBefore, busyAfter ?? 0) > 0.05 || (stolen ?? 0) > 0.05
    }

    /// Notes how it was at the end of a run that began at `start`.
    mutating func end(since start: ProcessorTimes?) {
        stolen = start.flatMap { ProcessorTimes()?.shares(since: $0).stolen }
        loadAfter = Self.load
        busyAfter = ProcessorTimes.busyShare(for: 1)
    }

    private static var processorName: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
    }

    private static var systemName: String {
        var name = utsname()
        uname(&name)
        func text<Field>(_ field: Field) -> String {
            withUnsafeBytes(of: field) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
        }
        return "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
    }

    private static func syncTime(in folder: URL) -> Double {
        let path = folder.appending(path: "sync").path
        let file = open(path, O_RDWR | O_CREAT, 0o600)
        guard file >= 0 else { return .nan }
        defer {
            close(file)
            unlink(path)
        }
        let page = [UInt8](repeating: 1, count: 4096)
        let times = (0..<60).map { number in
            let start = Clock.now
            _ = pwrite(file, page, page.count, off_t(number * page.count))
            #if canImport(Darwin)
            _ = fcntl(file, F_FULLFSYNC)
            #else
            fdatasync(file)
            #endif
            return Clock.now - start
        }
        return percentile(times, 0.5)
    }

    private var occupation: String {
        func share(_ value: Double?) -> String { value.map { "\(fixed($0 * 100, 0)) %" } ?? "–" }
        var text = "others used \(share(busyBefore)) of the processors before (load \(fixed(loadBefore, 2)))"
        if let loadAfter {
            text += " and \(share(busyAfter)) after (load \(fixed(loadAfter, 2))); stolen by the host: \(share(stolen))"
        }
        return text
    }

    var lines: [String] {
        var lines = [
            "\(processors) processors, \(processor), \(fixed(memoryInGB, 0)) GB; \(system)",
            "\(swift); SQLite \(sqlite); " + (redis.map { "\($0) (\(RedisServer.persistence))" } ?? "no Redis")
                + "; " + (postgres.map { "Postgres \($0) (\(PostgresServer.durability))" } ?? "no Postgres"),
            Peer.allCases.map { peer in
                "\(peer.rawValue) \(peers[peer.rawValue] ?? "is not installed: its figures are missing")"
            }.joined(separator: "; "),
            "\(date); \(occupation)",
            "the disk confirms a page in \(FigureUnit.seconds.text(sync)); a sleeping thread wakes in "
                + (wake.map { FigureUnit.seconds.text($0) } ?? "–"),
        ]
        if wasBusy { lines.append("WARNING: the machine was not idle, so that these figures mean little") }
        return lines
    }
}
