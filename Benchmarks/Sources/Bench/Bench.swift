import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// `Bench [--quick] [--cases ID,…] [--python PATH --huey SCRIPT --pgqueuer SCRIPT --procrastinate SCRIPT]
/// [--ruby PATH --sidekiq SCRIPT] [--scripts FOLDER] [--swift VERSION] --out FOLDER`, as `scripts/bench` calls it.
@main
struct Bench {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        // A child that is gone is noticed by what it did not say.
        signal(SIGPIPE, SIG_IGN)
        if arguments.first == "child" { exit(await ChildRole.run(Array(arguments.dropFirst()))) }
        do {
            exit(try run(try Options(arguments)) ? 0 : 1)
        } catch {
            tell("bench: \(error)")
            exit(2)
        }
    }

    /// - Returns: whether every row could be measured. A bar that is missed is no failure of the run.
    private static func run(_ options: Options) throws -> Bool {
        let out = URL(filePath: options.out)
        let scratch = out.appending(path: "scratch")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        let huey = options.python.flatMap { python in options.huey.flatMap { Huey(python: python, script: $0) } }
        let sidekiq = options.ruby.flatMap { ruby in options.sidekiq.flatMap { Sidekiq(ruby: ruby, script: $0) } }
        let postgresPeers = options.postgresPeers.compactMap { peer, script in
            options.python.flatMap { PostgresPeer(peer, python: $0, script: script) }
        }
        var versions: [Peer: String?] = [.huey: huey?.version, .sidekiq: sidekiq?.version]
        for one in postgresPeers { versions[one.peer] = one.version }
        var machine = Machine(
            swift: options.swift,
            peers: versions,
            scratch: scratch
        )
        let plan = Plan(
            isQuick: options.isQuick,
            scratch: scratch,
            huey: huey,
            sidekiq: sidekiq,
            postgresPeers: postgresPeers,
            scripts: options.scripts,
            sync: machine.sync
        )
        plan.emptyScratch()
        for line in machine.lines { tell(line) }

        let start = Clock.now
        let times = ProcessorTimes()
        let runner = Runner(say: { tell($0) }, deadline: start + budget)
        let cases = Cases.all(plan).filter { options.selects($0) }
        guard !cases.isEmpty else { throw Failure("no case is called so") }
        var rows: [Row] = []
        for (index, next) in cases.enumerated() {
            rows += runner.run(next)
            // Templates are kept while the cases after it are of the same family.
            if index + 1 == cases.count || cases[index + 1].store != next.store { plan.emptyScratch() }
        }
        var notes = (huey?.findings ?? []) + (sidekiq?.findings ?? []) + postgresPeers.flatMap(\.findings)
        if cases.contains(where: { $0.store == .redis }) {
            do {
                notes += try RedisBenchmark.findings(plan)
            } catch {
                notes.append("redis-benchmark could not be run: \(error)")
            }
        }
        let seconds = Clock.now - start
        machine.end(since: times)
        let report = Report(
            machine: machine,
            command: "make bench\(options.isQuick ? " QUICK=1" : "")",
            seconds: seconds,
            rows: rows,
            notes: notes
                + (seconds > budget ? ["after \(fixed(budget, 0)) seconds, cases were measured in one round each"] : [])
        )
        try report.json().write(to: out.appending(path: "bench.json"))
        try Data(report.markdown.utf8).write(to: out.appending(path: "bench.md"))
        try Data(Chart(report: report).svg.utf8).write(to: out.appending(path: "bench.svg"))
        print("\n" + report.text)
        print("written: bench.json, bench.md and bench.svg in \(options.out)")
        try? FileManager.default.removeItem(at: scratch)
        return !rows.contains { $0.verdict == .failed }
    }

    /// Seconds after which cases are measured once: a run takes hardly more than twenty minutes, also where the disk is slow, but
    /// for the ten minutes of a transaction that is held open.
    private static let budget = 1080.0

    private static func tell(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }
}
