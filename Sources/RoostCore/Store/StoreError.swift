/// A call of a store failed.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The store cannot be reached now, or does not let this user do what is needed. Trying again may help. What was to be stored
        /// may be there, where its answer was lost or replicas do not have it in time: the message says so.
        case unavailable
        /// Another program holds the store locked for longer than the store waits. Trying again may help.
        case busy
        /// The store, or its folder, cannot be written, or it is a copy that follows another. Nothing was stored.
        case readOnly
        /// The disk, or the memory allowed to the store, is full. Nothing of the call was stored.
        case full
        /// The stored data is damaged.
        case corrupt
        /// The place holds something else than a Roost store, or a server that is older than Roost needs.
        case foreign
        /// The store was written by a newer version of Roost.
        case newerSchema
        /// One job of the call is at fault; nothing of the call was stored.
        case rejected
        /// The store was closed.
        case closed
        /// The store answered what it must not: a defect.
        case broken
    }

    public let code: Code
    /// What happened and what to do about it.
    public let message: String
    /// The number of the job at fault within its call.
    public let item: Int?

    public init(_ code: Code, _ message: String, item: Int? = nil) {
        self.code = code
        self.message = message
        self.item = item
    }

    /// Whether the same call may succeed later without anybody doing anything, or after the operator did.
    public var isTransient: Bool {
        switch code {
        case .unavailable, .busy, .full, .readOnly: true
        case .corrupt, .foreign, .newerSchema, .rejected, .closed, .broken: false
        }
    }

    public var description: String { message }
}
