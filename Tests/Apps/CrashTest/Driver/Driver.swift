import Foundation
import PostgresSupport
import ProcessSupport
import RedisSupport
import RoostCore
import RoostTesting

/// Runs one scenario on a store of its own: starts and harms its processes, and in the end has all of it judged.
@MainActor final class Driver {
    let name: String
    let seed: UInt64
    let isShort: Bool
    let folder: String
    let store: any CrashStore
    let place: String
    let disk: SmallDisk?
    /// nil: the store has none.
    let server: (any CrashServer)?
    var random: SeededRandom
    private(set) var children: [ChildProcess] = []
    private var witness: HistoryWriter
    private let logFile: FileHandle?
    private var started = 0
    private let lifeline: (read: Int32, write: Int32)
    private var auditors: [ChildProcess] = []
    /// What the checker is to hold the history to.
    var checks = HistoryChecker.Options(
        claimBound: .seconds(30),
        mayPrune: false,
        mostUnsettled: WorkerProcess.defaultSlots + 1000
    )
    /// Faults that were put in, and the words by which each is known.
    var mustBeFound: [(fault: PlantedFault, words: [String])] = []
    /// What is put aside for the report.
    private(set) var notes: [String] = []

    /// - Parameters:
    ///   - needsDisk: whether the database lies on a disk of its own.
    ///   - isDurable: whether all that a server acknowledged is on its disk.
    init(
        _ kind: StoreKind,
        name: String,
        seed: UInt64,
        isShort: Bool,
        folder: String,
        needsDisk: Bool = false,
        isDurable: Bool = false
    ) async throws {
        self.name = name
        self.seed = seed
        self.isShort = isShort
        self.folder = folder
        self.random = SeededRandom(seed: seed)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        switch kind {
        case .sqlite:
            server = nil
            disk = needsDisk ? try SmallDisk(path: "\(folder)/disk") : nil
            place = "sqlite:\(disk?.path ?? folder)/crash.db"
            store = try CrashStores.store(at: place)
        case .redis:
            disk = nil
            // As commands in one file, all of it from the beginning: the journal.
            let lines = ["aof-use-rdb-preamble no", "auto-aof-rewrite-percentage 0"]
            let server = try await RedisServer.start(
                .init(appendOnly: isDurable ? .always : .everySecond, lines: lines)
            )
            self.server = server
            place = "redis:\(server.port)"
            store = RedisCrashStore(port: server.port, server: server)
        case .postgres:
            let server = try await PostgresServer.start(.init(isDurable: isDurable))
            disk = needsDisk ? try SmallDisk(path: "\(folder)/disk", megabytes: 100, like: server.folder.path) : nil
            if let disk { try server.putTables(on: disk) }
            self.server = server
            place = "postgres:\(server.port)"
            store = PostgresCrashStore(port: server.port)
        }
        self.witness = try HistoryWriter(path: "\(folder)/driver.jsonl")
        _ = FileManager.default.createFile(atPath: "\(folder)/driver.log", contents: nil)
        self.logFile = FileHandle(forWritingAtPath: "\(folder)/driver.log")
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure("no pipe") }
        // The end to write must be nobody else's: it closes when this process ends, and so end the children.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        self.lifeline = (ends[0], ends[1])
    }

    deinit {
        close(lifeline.read)
        close(lifeline.write)
    }

    func note(_ text: String) {
        notes.append(text)
    }

    /// What the scenario may have run out.
    func room() throws(Failure) -> any Room {
        if let disk { return disk }
        if let server = server as? RedisServer { return ServerMemory(server: server) }
        throw Failure("there is no disk to fill")
    }

    /// Writes a line for whoever looks at a run that failed.
    private func log(_ line: String) {
        logFile?.write(Data("\(System.uptime) \(line)\n".utf8))
    }

    // MARK: Processes

    @discardableResult
    func start(_ command: String, _ options: String...) throws -> ChildProcess {
        try start(command, options)
    }

    @discardableResult
    func start(_ command: String, _ options: [String]) throws -> ChildProcess {
        started += 1
        let name = "\(command)-\(started)"
        let log = ChildProcess.Stream.file(logPath(of: name))
        let child = try ChildProcess(
            System.program,
            [command, "--folder", folder, "--store", place] + options,
            name: name,
            // A trap's backtrace takes seconds and tells what is known.
            environment: ["PATH": "/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no"],
            input: .descriptor(lifeline.read),
            output: log,
            errors: log
        )
        children.append(child)
        try tell(child, .started)
        return child
    }

    func logPath(of child: String) -> String { "\(folder)/\(child).log" }

    @discardableResult
    func startProducer(_ options: String...) throws -> ChildProcess {
        try startProducer(options)
    }

    @discardableResult
    func startProducer(_ options: [String]) throws -> ChildProcess {
        try start("producer", ["--seed", String(random.next() >> 1)] + options)
    }

    func startAuditor() throws {
        auditors.append(try start("audit"))
    }

    func kill(_ child: ChildProcess) {
        child.send(SIGKILL)
    }

    /// Kills every process at once, the auditor too: nobody has the store open then, and nobody closed it.
    func killAllAtOnce() async throws {
        let alive = children.filter { !$0.isOver }
        for child in alive { kill(child) }
        try await wait(for: "the end of all") { alive.allSatisfy(\.isOver) }
        try startAuditor()
    }

    func ask(_ child: ChildProcess) throws {
        try tell(child, .asked)
        child.send(SIGTERM)
    }

    func wake(_ child: ChildProcess) throws {
        child.send(SIGCONT)
        try tell(child, .woken)
    }

    /// Notes what became of the children since the last look.
    func look() throws {
        try Interruption.check()
        for child in children where child.look() {
            switch child.status {
            case .running: break
            case .frozen: try tell(child, .frozen)
            case .exited(0): try tell(child, .stopped)
            case .exited(3):
                throw Failure("\(child.name) met an error that it must not: see \(logPath(of: child.name))")
            case .exited(let code) where code != 0:
                try tell(child, .died)
                throw Failure("\(child.name) ended with status \(code): see \(logPath(of: child.name))")
            case .exited, .killed: try tell(child, .died)
            }
        }
    }

    func tell(_ event: HistoryEvent) throws {
        try witness.append(event)
    }

    private func tell(_ child: ChildProcess, _ change: HistoryEvent.ProcessEvent.Change) throws {
        log("\(child.name) (\(child.number)): \(change.rawValue), \(child.status)")
        try witness.append(.process(.init(at: System.uptime, process: child.number, change: change)))
    }

    // MARK: Waiting

    /// Looks after the children until `condition` holds.
    ///
    /// - Throws: ``Failure``, which names `what`, once it has taken longer than `limit`.
    func wait(for what: String, limit: Duration = .seconds(60), until condition: () throws -> Bool) async throws {
        guard try await holds(within: limit, condition) else {
            throw Failure("after \(limit) there was not: \(what)")
        }
    }

    /// Looks after the children until `condition` holds, or for as long as `limit`.
    func holds(within limit: Duration, _ condition: () throws -> Bool) async throws -> Bool {
        let start = ContinuousClock.now
        while true {
            try look()
            if try condition() { return true }
            if ContinuousClock.now - start >= limit { return false }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func pause(_ duration: Duration) async throws {
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end {
            try look()
            try await Task.sleep(for: min(.milliseconds(20), max(.milliseconds(1), end - ContinuousClock.now)))
        }
    }

    func ended(_ child: ChildProcess, limit: Duration = .seconds(30)) async throws {
        try await wait(for: "the end of \(child.name)", limit: limit) { child.isOver }
    }

    /// What follows `mark` in the lines of a child that begin with it.
    func said(_ mark: String, by child: ChildProcess) -> [String] {
        guard let text = try? String(contentsOfFile: logPath(of: child.name), encoding: .utf8) else { return [] }
        return text.split(separator: "\n").filter { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) }
    }

    /// Waits until a body of a job has begun in the child.
    func works(_ child: ChildProcess) async throws {
        let path = "\(folder)/worker-\(child.number).jsonl"
        try await wait(for: "work in \(child.name)", limit: .seconds(30)) {
            if child.isOver { return true }
            return (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int).map { $0 > 0 } ?? false
        }
    }

    /// Has the next workers hold jobs that take a while, before all others.
    func enqueueSlowJobs() async throws {
        try await ended(startProducer("--only", "slow", "--calls", "1"))
    }

    // MARK: The end

    /// Waits until every job has ended, while `workers` keep their number: who dies is started again.
    func finish(limit: Duration = .seconds(90), restart: () throws -> Void = {}) async throws {
        var left: [String] = []
        do {
            try await wait(for: "an end of all jobs", limit: limit) {
                try restart()
                left = try store.leftovers()
                return left.isEmpty
            }
        } catch let failure as Failure {
            throw Failure("\(failure.description); left: \(left.joined(separator: ", "))")
        }
    }

    /// Asks all children to stop, and waits until they have.
    func stopAll() async throws {
        for child in children where !child.isOver && !isAuditor(child) { try ask(child) }
        try await wait(for: "the end of all processes", limit: .seconds(30)) {
            children.allSatisfy { $0.isOver || isAuditor($0) }
        }
        // Where a death is not noticed the dead are known for a day.
        let dead = store.noticesDeath ? 0 : children.count { if case .killed = $0.status { true } else { false } }
        let workers = try store.knownWorkers()
        if workers > dead { throw Failure("\(workers) workers are known after all have stopped") }
    }

    /// Ends what still runs, whatever comes of it.
    func killAll() {
        server?.resume()
        for child in children where !child.isOver {
            child.end()
        }
    }

    /// Gathers what all witnesses tell.
    func history() throws -> History {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".jsonl") && $0 != Self.wholeHistory }.sorted()
        var history = try History(files: files.map { "\(folder)/\($0)" })
        let asked = try AskedActions.read(folder: folder)
        history.merge(History(events: try store.journal(asked), final: try store.finalJobs()))
        return history
    }

    /// What the auditors found, in words.
    func findings() throws -> [String] {
        // One that was killed at its start wrote none.
        let files = auditors.map { "\(folder)/audit-\($0.number).jsonl" }
            .filter { FileManager.default.fileExists(atPath: $0) }
        let history = try History(files: files)
        return history.events.compactMap { event in
            guard case .finding(let finding) = event else { return nil }
            return "\(finding.query): \(finding.row)"
        }
    }

    /// Copies what outlives nothing else to the folder, for whoever looks at a run that failed.
    func saveStore() {
        disk?.save(to: folder)
        guard let server else { return }
        for name in ["appendonlydir", "log"] {
            try? FileManager.default.copyItem(atPath: server.folder.file(name), toPath: "\(folder)/server-\(name)")
        }
    }

    static let wholeHistory = "history.jsonl"

    /// How often the auditors looked.
    var looks: Int {
        auditors.reduce(0) { sum, auditor in
            let line = said(Marks.looks, by: auditor).last ?? ""
            return sum + (line.split(separator: " ").first.flatMap { Int($0) } ?? 0)
        }
    }

    private func isAuditor(_ child: ChildProcess) -> Bool {
        auditors.contains { $0 === child }
    }
}
