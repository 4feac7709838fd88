import Foundation
import FuzzProperties
import Testing

/// The properties of `make fuzz`, on what it was begun with and what it found, and on inputs made up from a seed.
@Suite(.timeLimit(.minutes(5))) struct FuzzTests {
    private func corpus(of target: FuzzTarget) throws -> [[UInt8]] {
        let folder = try #require(Bundle.module.url(forResource: "Corpus/\(target.rawValue)", withExtension: nil))
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        // In order, so that a seed means the same everywhere.
        return try files.sorted { $0.lastPathComponent < $1.lastPathComponent }.map {
            [UInt8](try Data(contentsOf: $0))
        }
    }

    @Test("every file of the corpus is handled", arguments: FuzzTarget.allCases)
    func corpus(_ target: FuzzTarget) async throws {
        let inputs = try corpus(of: target)
        #expect(!inputs.isEmpty)
        for input in inputs { try await target.check(input) }
    }

    @Test("so are 500 inputs made up from each of these", arguments: FuzzTarget.allCases)
    func madeUp(_ target: FuzzTarget) async throws {
        var mutator = Mutator(seed: 1, corpus: try corpus(of: target))
        for _ in 0..<500 {
            let input = mutator.next()
            do {
                try await target.check(input)
            } catch {
                Issue.record("\(error) on \(Data(input).base64EncodedString()) (base64)")
            }
        }
    }
}
