/// The number a store gave to a worker.
public struct WorkerID: Hashable, Sendable, Codable, CustomStringConvertible {
    public let number: Int64

    public init(_ number: Int64) {
        self.number = number
    }

    public var description: String { "\(number)" }
}

/// What a worker tells of itself.
public struct WorkerRegistration: Sendable, Equatable {
    public var name: String
    public var host: String
    public var process: Int32
    public var version: String
    public var kinds: [String]
    public var queues: [String]
    public var slots: Int

    public init(
        name: String = "",
        host: String = "",
        process: Int32 = 0,
        version: String = "",
        kinds: [String] = [],
        queues: [String] = [],
        slots: Int = 0
    ) {
        self.name = name
        self.host = host
        self.process = process
        self.version = version
        self.kinds = kinds
        self.queues = queues
        self.slots = slots
    }
}

/// A worker as the store knows it.
public struct WorkerSnapshot: Sendable, Equatable {
    public var id: WorkerID
    public var registration: WorkerRegistration
    public var startedAt: Timestamp
    public var heartbeatAt: Timestamp

    public init(id: WorkerID, registration: WorkerRegistration, startedAt: Timestamp, heartbeatAt: Timestamp) {
        self.id = id
        self.registration = registration
        self.startedAt = startedAt
        self.heartbeatAt = heartbeatAt
    }
}
