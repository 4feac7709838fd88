internal import NIOCore

/// What the state machines know of a call.
protocol PendingCall {
    var deadline: NIODeadline { get }
    var resend: RedisResend { get }
    /// How many replies it takes.
    var replyCount: Int { get }
    /// Whether its caller has gone, so that it need not be sent.
    var isOver: Bool { get }
}

/// A call on its way, with what it went through.
struct QueuedCall<Call: PendingCall> {
    let call: Call
    /// How often a server was not ready for it.
    var refusals = 0
    /// What the last one said.
    var refusal: RedisError?
    /// Whether its connection ends it, rather than the line: a call of the one connection that it is for.
    var isDirect = false
    /// Whether it is sent to a node that does not own its slot yet: each command comes after `ASKING`.
    var isAsking = false

    init(_ call: Call) {
        self.call = call
    }

    var replyCount: Int { isAsking ? call.replyCount * 2 : call.replyCount }
}
