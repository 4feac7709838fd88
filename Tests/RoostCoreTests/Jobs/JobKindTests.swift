import Foundation
import Testing

@testable import RoostCore

struct KindTopLevel: Job {
    func run() async throws {}
}

enum KindMailer {
    struct Send: Job {
        func run() async throws {}

        struct Later: Job {
            func run() async throws {}
        }
    }

    fileprivate struct Hidden: Job {
        func run() async throws {}
    }
}

private struct KindPrivate: Job {
    func run() async throws {}

    struct Inner: Job {
        func run() async throws {}
    }
}

struct KindGeneric<First: Codable & Sendable, Second: Codable & Sendable>: Job {
    func run() async throws {}

    struct Inner: Job {
        func run() async throws {}
    }
}

extension String {
    struct KindNested: Job {
        func run() async throws {}
    }
}

extension Date {
    enum KindSpace {
        struct Deep: Job {
            func run() async throws {}
        }
    }
}

@Suite("the default kind")
struct JobKindTests {
    @Test("it is the type's path without its module")
    func path() {
        #expect(KindTopLevel.kind == "KindTopLevel")
        #expect(KindMailer.Send.kind == "KindMailer.Send")
        #expect(KindMailer.Send.Later.kind == "KindMailer.Send.Later")
    }

    @Test("it tells nothing of where a private type was printed from, which changes from build to build")
    func privateTypes() {
        struct Local: Job {
            func run() async throws {}
        }
        #expect(KindPrivate.kind == "KindPrivate")
        #expect(KindPrivate.Inner.kind == "KindPrivate.Inner")
        #expect(KindMailer.Hidden.kind == "KindMailer.Hidden")
        #expect(Local.kind == "JobKindTests.Local")
    }

    @Test("a type in an extension of another module's type has that type in its path")
    func foreignExtensions() {
        #expect(String.KindNested.kind == "String.KindNested")
        #expect(Date.KindSpace.Deep.kind == "Date.KindSpace.Deep")
    }

    @Test("a generic type has its arguments in its path, without their modules")
    func generics() {
        #expect(KindGeneric<Int, String>.kind == "KindGeneric<Int, String>")
        #expect(KindGeneric<[KindTopLevel], Int?>.kind == "KindGeneric<Array<KindTopLevel>, Optional<Int>>")
        #expect(
            KindGeneric<KindPrivate, KindMailer.Send>.Inner.kind == "KindGeneric<KindPrivate, KindMailer.Send>.Inner"
        )
        #expect(KindGeneric<String.KindNested, Int>.kind == "KindGeneric<String.KindNested, Int>")
    }

    @Test("different types have different kinds")
    func different() {
        let types: [any Job.Type] = [
            KindTopLevel.self, KindMailer.Send.self, KindMailer.Send.Later.self, KindMailer.Hidden.self,
            KindPrivate.self,
            KindPrivate.Inner.self, String.KindNested.self, Date.KindSpace.Deep.self, KindGeneric<Int, String>.self,
            KindGeneric<String, Int>.self, KindGeneric<Int, String>.Inner.self,
        ]
        #expect(Set(types.map { $0.kind }).count == types.count)
    }
}

@Suite("Job")
struct JobOutputTests {
    @Test("an output of Void is stored as nothing")
    func voidOutput() throws {
        #expect(try Sample.Plain.encode(output: ()) == nil)
        try Sample.Plain.decode(output: nil)
    }

    @Test("an output is stored as JSON and read as the same")
    func output() throws {
        let data = try Sample.Number.encode(output: 42)
        #expect(data == Data("42".utf8))
        #expect(try Sample.Number.decode(output: data) == 42)
    }

    @Test("an output that is missing says what has changed")
    func outputMissing() {
        let error = #expect(throws: JobOutputMissing.self) { try Sample.Number.decode(output: nil) }
        #expect(error?.kind == "Sample.Number")
    }

    @Test("numbers that JSON lacks are stored and read all the same", arguments: [Double.infinity, -.infinity])
    func infinities(number: Double) throws {
        let data = try PayloadCodec.encode([number])
        #expect(try PayloadCodec.decode([Double].self, from: data) == [number])
    }
}
