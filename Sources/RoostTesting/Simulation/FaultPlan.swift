/// How often what goes wrong between a process and its store: once in so many calls; 0: never.
package struct FaultPlan: Sendable, Equatable {
    /// The call fails, and the store never heard of it.
    var error = 0
    /// The store did it, and the reply is lost.
    var lostReply = 0
    /// The call, or its reply, takes a while.
    var delay = 0
    /// The same, for longer than a lease.
    var longDelay = 0
    /// A wake-up is lost.
    var lostWakeUp = 0

    package static let none = FaultPlan()
    static let light = FaultPlan(error: 50, lostReply: 50, delay: 10, longDelay: 80, lostWakeUp: 20)
    static let heavy = FaultPlan(error: 8, lostReply: 8, delay: 3, longDelay: 20, lostWakeUp: 3)
}
