// A second process for the tests of RoostSQLite: what one process cannot show of locks, deaths and wake-ups.
import RoostCore
import RoostSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

func say(_ line: String) {
    print(line)
    fflush(nil)
}

/// Claims and settles without a pause, and puts new jobs in for those it settled.
func drain(_ store: SQLiteStore) async throws {
    let worker = try await store.register(WorkerRegistration(name: "drain"))
    var items: [SettleItem] = []
    say("draining")
    while true {
        if !items.isEmpty {
            _ = try await store.enqueue(EnqueueBatch(jobs: items.map { _ in NewJob(kind: "drained") }))
        }
        let request = ClaimRequest(kinds: ["drained"], limit: 500)
        let claim = try await store.exchange(Exchange(worker: worker, settle: items, claim: request)).claim
        let now = store.time.now
        items = (claim?.jobs ?? []).map {
            SettleItem(job: $0.id, token: $0.token, end: .succeeded(output: nil), startedAt: now)
        }
    }
}

let arguments = CommandLine.arguments
guard arguments.count > 2 else {
    say("usage: SQLiteTestProcess hold|drain|freeze-in-turn|freeze-in-wait|enqueue|listen FILE")
    exit(2)
}
let store = try SQLiteStore(path: arguments[2])
switch arguments[1] {
case "hold":
    let worker = try await store.register(WorkerRegistration(name: "hold"))
    let claim = try await store.claim(ClaimRequest(kinds: ["k"], limit: 10, lease: .seconds(3600)), for: worker)
    say("holding \(claim.jobs.count)")
    try await Task.sleep(for: .seconds(600))
case "drain":
    try await drain(store)
case "freeze-in-turn", "freeze-in-wait":
    // A writer in its turn, or in line for it, as a debugger or a stopped container leaves it.
    let file = open("\(arguments[2])-roost-\(arguments[1].split(separator: "-")[2])", O_RDWR)
    flock(file, LOCK_EX)
    say("frozen")
    try await Task.sleep(for: .seconds(600))
case "enqueue":
    // One job for each line that comes in, so that the test decides when.
    say("ready")
    while readLine() != nil {
        _ = try await store.enqueue(EnqueueBatch(jobs: [NewJob(kind: "k")]))
        say("enqueued \(store.time.uptime.wholeMicroseconds)")
    }
case "listen":
    let changes = store.changes(of: .ready)
    say("listening")
    while await changes.next() != nil {
        say("woken \(store.time.uptime.wholeMicroseconds)")
    }
default:
    exit(2)
}
