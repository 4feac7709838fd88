import Dispatch
import FuzzProperties

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if FUZZING
/// What libFuzzer calls with each input; the property is named by the variable `ROOST_FUZZ`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    if let failure = FuzzEntry.failure(of: FuzzEntry.named, on: bytes) {
        // A trap is what libFuzzer notices, and keeps the input of.
        fatalError("\(failure)")
    }
    return 0
}
#else
/// Checks the files that are named: what a fuzzer found is run again by this.
@main struct FuzzMain {
    static func main() throws {
        for file in CommandLine.arguments.dropFirst() {
            let failure = FuzzEntry.failure(of: FuzzEntry.named, on: [UInt8](try Data(contentsOf: URL(filePath: file))))
            print("\(file): \(failure.map { "\($0)" } ?? "holds")")
        }
    }
}
#endif

enum FuzzEntry {
    static let named: FuzzTarget = {
        let name = ProcessInfo.processInfo.environment["ROOST_FUZZ"] ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            let known = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
            fatalError("ROOST_FUZZ is '\(name)', and must be one of \(known)")
        }
        return target
    }()

    /// Checks `bytes`, and waits for it: a fuzzer knows nothing of tasks.
    static func failure(of target: FuzzTarget, on bytes: [UInt8]) -> (any Error)? {
        let done = DispatchSemaphore(value: 0)
        let box = ErrorBox()
        Task.detached {
            do { try await target.check(bytes) } catch { box.error = error }
            done.signal()
        }
        done.wait()
        return box.error
    }

    // Proof: written before the semaphore is signalled, and read after it was waited for.
    private final class ErrorBox: @unchecked Sendable {
        var error: (any Error)?
    }
}
