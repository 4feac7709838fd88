/// What `Documentation/redis-faults.md` and `Documentation/postgres-faults.md` promise of every fault.
package enum FaultBounds {
    /// From the end of an outage, however it came about, until a job that is enqueued then has run: a client that could not
    /// connect waits up to 5 seconds before it tries again, and a worker whose call failed up to 5 more.
    package static let workGoesOn: Duration = .seconds(10)

    /// From the end of an outage until all has run that was under way in it: the leases of claims whose answers were lost have to
    /// end, and then somebody has to take these jobs back (invariant 5).
    package static func allHasRun(lease: Duration) -> Duration { lease + .seconds(15) }
}
