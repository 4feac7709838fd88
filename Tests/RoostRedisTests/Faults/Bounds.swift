/// What `Documentation/redis-faults.md` promises.
enum Bounds {
    /// From the end of an outage, however it came about, until a job that is enqueued then has run: a client that could not
    /// connect waits up to 5 seconds before it tries again, and a worker whose call failed up to 5 more.
    static let workGoesOn: Duration = .seconds(10)

    /// From the end of an outage until all has run that was under way in it: the leases of claims whose answers were lost have to
    /// end, and then somebody has to take these jobs back (invariant 5).
    static func allHasRun(lease: Duration) -> Duration { lease + .seconds(15) }

    /// How much of what was acknowledged a process may lose that is killed and syncs its file every second: Redis puts even the
    /// write off for so long while an earlier sync is not done.
    static let everySecondMayLose: Duration = .seconds(2)

    /// How much of what was acknowledged a replica may miss that takes its master's place, on a network that is in order:
    /// replication is asynchronous.
    static let replicaMayMiss: Duration = .seconds(1)
}
