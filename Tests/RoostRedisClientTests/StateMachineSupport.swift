import NIOCore

@testable import RoostRedisClient

/// A call of a test of the state machines.
struct TestCall: PendingCall, Equatable {
    var name: String
    var deadline = NIODeadline.uptimeNanoseconds(0) + .seconds(5)
    var resend = RedisResend.safe
    var replyCount = 1
    var isOver = false

    init(_ name: String, resend: RedisResend = .safe, replies: Int = 1, until seconds: Int64 = 5) {
        self.name = name
        self.resend = resend
        replyCount = replies
        deadline = at(seconds)
    }
}

func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

func after(milliseconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .milliseconds(milliseconds) }
