/// A call of a ``/RoostCore/JobStore``, as a ``StoreLayer`` sees it pass.
///
/// `changes(of:)` and `close()` are not among them: neither asks the store for anything.
public enum StoreCall: CaseIterable, Hashable, Sendable {
    case enqueue
    case register
    case retire
    case exchange
    case extend
    case reclaim
    case advance
    case inputs
    case perform
    case outcomes
    case snapshots
    case attempts
    case list
    case counts
    case workers
    case prune

    /// Whether the call leaves the store as it is.
    ///
    /// ```swift
    /// guard call.onlyLooks else { throw StoreError(.readOnly, "\(call) would change the store") }
    /// ```
    public var onlyLooks: Bool {
        switch self {
        case .inputs, .outcomes, .snapshots, .attempts, .list, .counts, .workers: true
        case .enqueue, .register, .retire, .exchange, .extend, .reclaim, .advance, .perform, .prune: false
        }
    }
}
