/// What `Documentation/redis-faults.md` promises beside ``FaultBounds``.
enum Bounds {
    /// How much of what was acknowledged a process may lose that is killed and syncs its file every second: Redis puts even the
    /// write off for so long while an earlier sync is not done.
    static let everySecondMayLose: Duration = .seconds(2)

    /// How much of what was acknowledged a replica may miss that takes its master's place, on a network that is in order:
    /// replication is asynchronous.
    static let replicaMayMiss: Duration = .seconds(1)
}
