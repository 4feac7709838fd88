/// A way in which a store breaks a rule.
package enum StoreFault: String, CaseIterable, Sendable, CustomStringConvertible {
    /// Settles by whatever token the job has now.
    case ignoreTokens
    case neverCharge
    /// A job that is given back is never handed out again.
    case loseGiveBack
    /// A worker that takes its leave gives nothing back.
    case keepAtShutdown
    /// Tells that jobs are settled, and settles them at the next call.
    case answerEarly
    case forgetPriority
    case serveUnknownKinds
    case answerStaleForAlready
    case dropEdges
    case treatFailureAsSuccess
    case neverReclaim
    /// Looks for leases that ended every two minutes only.
    case reclaimLate
    case reclaimTooEarly
    case ignoreUniqueKeys
    case ignoreExpiry
    case forgetRevocations
    case neverSolo
    case ignorePauses
    case losePayload
    case neverWake
    case repeatActions
    case pruneNothing
    case neverExtend
    case enqueueHalf
    case listBackwards

    package var description: String { rawValue }
}
