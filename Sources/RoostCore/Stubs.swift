#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
public protocol JobGraph { associatedtype Handles; func plan(using: Int) throws -> Int }
struct StubPlan<H> { var batch: EnqueueBatch; var handles: (JobQueue, [JobID]) throws -> H }
extension JobGraph { func plan(using: JobPreparer) throws -> StubPlan<Handles> { throw NotInJob() } }
enum InputSplicer { static func splice(_: Data, openings: [String: InputSource], inputs: [JobInputRecord]) throws -> Data { Data() } }
func MemoryStore() -> any JobStore { while true {} }
