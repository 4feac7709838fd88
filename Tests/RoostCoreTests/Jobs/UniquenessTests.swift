import Foundation
import Testing

@testable import RoostCore

@Suite("Uniqueness")
struct UniquenessTests {
    private func key(_ key: String? = nil, kind: String = "A", arguments: String = "{}") throws -> String {
        try Uniqueness(key: key).storedKey(kind: kind, arguments: Data(arguments.utf8))
    }

    @Test("without a period an earlier job counts until its end")
    func statesByDefault() {
        #expect(Uniqueness().states == JobState.unfinished)
    }

    @Test("with a period an earlier job counts after it succeeded too")
    func statesWithPeriod() {
        #expect(Uniqueness(period: .hours(1)).states == JobState.unfinished.union([.succeeded]))
    }

    @Test("states that are given hold, with a period too")
    func givenStates() {
        #expect(Uniqueness(period: .hours(1), states: [.running]).states == [.running])
    }

    @Test("a key of one's own is stored with the kind")
    func ownKey() throws {
        #expect(try key("account-7") == "A\u{1}account-7")
    }

    @Test("with a key of one's own the arguments do not matter")
    func ownKeyIgnoresArguments() throws {
        #expect(try key("k", arguments: #"{"a":1}"#) == key("k", arguments: #"{"a":2}"#))
    }

    @Test("keys of different kinds never meet")
    func kinds() throws {
        #expect(try key("k", kind: "A") != key("k", kind: "B"))
        #expect(try key(kind: "A") != key(kind: "B"))
    }

    @Test("equal arguments are one key, others another")
    func argumentsDecide() throws {
        #expect(try key(arguments: #"{"a":1}"#) == key(arguments: #"{"a":1}"#))
        #expect(try key(arguments: #"{"a":1}"#) != key(arguments: #"{"a":2}"#))
    }

    @Test("a key of one's own never meets one made from arguments")
    func ownKeyIsApart() throws {
        #expect(try key("{}") != key(arguments: "{}"))
    }

    @Test("arguments of 256 bytes are kept as they are")
    func shortArguments() throws {
        let arguments = String(repeating: "a", count: 256)
        #expect(try key(arguments: arguments) == "A\u{2}" + arguments)
    }

    @Test("longer arguments are kept as a hash that is the same in every process")
    func longArguments() throws {
        let arguments = String(repeating: "a", count: 257)
        #expect(try key(arguments: arguments) == "A\u{3}" + SHA256.hex(arguments.utf8))
    }

    @Test("long arguments that differ in one byte are different keys")
    func longArgumentsDiffer() throws {
        var keys: Set<String> = []
        for index in 0..<300 {
            var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 300)
            bytes[index] = UInt8(ascii: "b")
            keys.insert(try key(arguments: String(decoding: bytes, as: UTF8.self)))
        }
        #expect(keys.count == 300)
    }

    @Test("equal values are equal keys, in whatever order a dictionary lists them")
    func dictionaries() throws {
        struct Tags: Job {
            var tags: [String: Int]
            func run() async throws {}
        }
        let forwards = Dictionary(uniqueKeysWithValues: (0..<50).map { ("tag\($0)", $0) })
        var backwards: [String: Int] = [:]
        for index in (0..<50).reversed() { backwards["tag\(index)"] = index }
        let keys = try [forwards, backwards].map { tags in
            try JobPreparer().newJob(for: Tags(tags: tags).unique()).unique?.key
        }
        #expect(keys[0] == keys[1])
    }
}
