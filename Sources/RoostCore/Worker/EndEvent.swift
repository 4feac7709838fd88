/// The event of a job's end. Nearly all jobs succeed and nobody listens, so that event is put in a box of its own, as an
/// `any JobEvent` is, only for who does.
enum EndEvent: Sendable {
    case succeeded(JobSucceeded)
    case other(any JobEvent)

    var event: any JobEvent {
        switch self {
        case .succeeded(let event): event
        case .other(let event): event
        }
    }
}
