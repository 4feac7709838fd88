import RoostCore
import RoostTesting

/// What the crash tests need of a kind of store beyond the contract: where it is, a journal that the store itself keeps of
/// every transition, questions that have no answer, and what harms it.
protocol CrashStore: Sendable {
    /// Whether it sees at once that a worker's process died.
    var noticesDeath: Bool { get }

    /// Whether its transactions run in the process of its client, which may be stopped in the midst of one.
    var runsInItsClient: Bool { get }

    /// Whether its journal tells what came first within one transaction.
    var isJournalInOrder: Bool { get }

    /// Opens the store as an application does.
    ///
    /// - Parameter patience: how long a call waits for others before it is `busy`.
    func open(patience: Duration) async throws -> any JobStore

    /// Makes the store, and has it keep a journal from now on; with `crashPoints` it also passes the named places of
    /// ``CrashPoint`` within its transactions, where it runs in the process of its client.
    func prepare(journal: Bool, crashPoints: Bool) async throws

    /// All that the journal says.
    ///
    /// - Parameter asked: what clients asked for, by the id of the request: for a store that does not record it.
    func journal(_ asked: [JobID: AskedAction]) throws -> [HistoryEvent]

    /// Every job row.
    func finalJobs() throws -> [History.FinalJob]

    /// What is not over yet, in words; empty once every job has ended and nobody holds anything.
    func leftovers() throws -> [String]

    /// The workers that are known.
    func knownWorkers() throws -> Int

    /// How many leases the workers of a process hold.
    func leases(ofProcess process: Int32) throws -> Int

    /// How many jobs have succeeded, also those that are pruned.
    func succeededSoFar() throws -> Int

    /// Why the jobs that did not succeed ended, each with its kind.
    func reasons() throws -> [(kind: String, reason: String)]

    /// Looks, in one snapshot, for what must not be: each question's name with the rows that answer it.
    func audit() throws -> [(query: String, row: String)]

    /// The same, with questions that only a store that kept a journal and rests can be asked.
    func lastAudit() throws -> [(query: String, row: String)]

    /// Keeps every writer out for so long, as another program would.
    func block(for duration: Duration) async throws

    /// Has every connection refuse to grow while a file ``SmallDisk/ballastName`` lies beside the store: what stands for
    /// a full disk where there is none that can be filled.
    func obeyRoomLimit() async throws

    /// Does to the store what a broken one would do to itself.
    ///
    /// - Returns: what a problem must name that tells of it, each in one word: a job, a token.
    func plant(_ fault: PlantedFault) async throws -> [String]

    /// The questions of the audits that do not answer although what they ask for was put in. To be asked while nobody else
    /// uses the store.
    func deafQuestions() async throws -> [String]

    /// Takes a fault back that would keep the others from being seen.
    func mend(_ fault: PlantedFault) async throws

    /// The bytes of what the store keeps, by name.
    func sizes() -> [(name: String, bytes: Int)]
}

/// The kinds of store that the crash tests know.
enum StoreKind: String, CaseIterable {
    case sqlite, redis, postgres
}

/// How a process is told where the store is: `sqlite:/tmp/crash.db`, `redis:6379`, `postgres:5432` (ports of this machine).
enum CrashStores {
    static func store(at place: String) throws -> any CrashStore {
        let parts = place.split(separator: ":", maxSplits: 1).map(String.init)
        switch parts.first.flatMap(StoreKind.init) {
        case .sqlite where parts.count == 2: return SQLiteCrashStore(path: parts[1])
        case .redis where parts.count == 2: return RedisCrashStore(port: try port(parts[1]))
        case .postgres where parts.count == 2: return PostgresCrashStore(port: try port(parts[1]))
        default: throw UsageError("'\(place)' is no store that is known here")
        }
    }

    private static func port(_ text: String) throws(UsageError) -> Int {
        guard let port = Int(text) else { throw UsageError("'\(text)' is no port") }
        return port
    }
}
