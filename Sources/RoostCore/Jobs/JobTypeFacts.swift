import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What holds for all jobs of a type: found out once a call of the queue, and not once a job.
struct JobTypeFacts<Work: Job>: Sendable {
    let kind: String
    /// What the type's options ask of a worker.
    let options: RunOptions
    /// The arguments of a job that has none.
    private let noArguments: Data?

    init() {
        self.kind = Work.kind
        self.options = RunOptions(Work.options)
        self.noArguments = JobTypeMemory.noArguments(of: Work.self)
    }

    /// The arguments of `job` as they are stored.
    func arguments(of job: Work) throws -> Data {
        if let noArguments { return noArguments }
        let bytes = try PayloadCodec.encode(job)
        // All values of a type without size are the same, so they are encoded once.
        if MemoryLayout<Work>.size == 0 { JobTypeMemory.remember(noArguments: bytes, of: Work.self) }
        return bytes
    }
}

/// What was found out about job types, for the life of the process: it costs more than the rest of an enqueue.
enum JobTypeMemory {
    private static let kinds = Mutex<[ObjectIdentifier: String]>([:])
    private static let noArguments = Mutex<[ObjectIdentifier: Data]>([:])

    /// The kind of a type that does not name one.
    static func kind(of type: any Job.Type, _ find: (any Job.Type) -> String) -> String {
        if let kind = kinds.withLock({ $0[ObjectIdentifier(type)] }) { return kind }
        let kind = find(type)
        kinds.withLock { $0[ObjectIdentifier(type)] = kind }
        return kind
    }

    static func noArguments(of type: any Job.Type) -> Data? {
        noArguments.withLock { $0[ObjectIdentifier(type)] }
    }

    static func remember(noArguments bytes: Data, of type: any Job.Type) {
        noArguments.withLock { $0[ObjectIdentifier(type)] = bytes }
    }
}
