import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Makes jobs of one type from their stored arguments.
final class ArgumentReader<Work: Job>: Sendable {
    /// A job without size, and the arguments that it was made from.
    private struct Only {
        let arguments: Data
        let job: Work
    }

    /// Proof of `@unchecked`: the job has no size, so there is nothing of it that two threads could share.
    private struct Shared: @unchecked Sendable {
        let only: Only
    }

    private let last = Mutex<Shared?>(nil)

    /// - Throws: ``UndecodablePayload``.
    func job(from arguments: Data) throws -> Work {
        // All values of such a type are the same, so that equal arguments need not be read twice.
        if MemoryLayout<Work>.size == 0, let only = last.withLock({ $0 })?.only, only.arguments == arguments {
            return only.job
        }
        do {
            let job = try PayloadCodec.decode(Work.self, from: arguments)
            if MemoryLayout<Work>.size == 0 {
                let shared = Shared(only: Only(arguments: arguments, job: job))
                last.withLock { $0 = shared }
            }
            return job
        } catch {
            throw UndecodablePayload(kind: Work.kind, underlying: error)
        }
    }
}
