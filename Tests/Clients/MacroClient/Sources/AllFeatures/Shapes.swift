import Roost

struct Image: Codable, Sendable {
    var width: Int
}

// Names that a user may have, and generated code must not mistake for Roost's or Swift's.
enum Roost {}
struct Int64 {}
enum JobOptions {}
struct Output: Codable, Sendable {}
protocol Decoder {}
struct Encoder {}
struct CodingKey {}
enum Void {}
let retries = 3
let queue = "shapes"
let container = "global"
let width = 640

@Job func hello(hello: String) -> String { hello }
@Job func plain() {}
@Job func outputCalledOutput() -> Output { Output() }
@Job func parameterCalledOutput(a: AllFeatures::Output) -> Int { 1 }
@Job func explicitVoid() {}
@Job func text() async -> String { "text" }
@Job func throwing(number: Int) throws -> Int { number }
@Job func neverThrowing(number: Int) throws(Never) -> Int { number }
@Job func optionalOutput(number: Int?) -> Int? { number }
@Job func dictionary(counts: [String: [Int]], tags: Set<String> = []) -> [String: [Int]] { counts }

// Calls itself unless the call is qualified.
@Job func run() -> Int { 1 }

// Options whose names are also members of every job.
@Job(queue: queue, delay: .seconds(1), expires: .hours(1), timeout: .minutes(1), retries: retries, unique: Uniqueness())
func optioned(width: Int = width, container: String = container) -> Int { width }

@Job(expires: nil, timeout: nil, unique: nil, headers: ["tenant": "a"], retention: .days(2), maxCrashes: 1)
func unoptioned() {}

// Keys that are keywords, or members of `Job`.
@Job func keywords(in place: String, for name: String, `class`: Int, default value: Int = 1) -> Int { value }
@Job func members(run: Int, request: String, options: Int, kind: String, with: Int, self me: Int, init: Int) -> Int {
    run + options + with + me + `init`
}
@Job func types(Type: Int, Self you: Int, Protocol: Int, some: Int, any: Int, await: Int, extension: Int) -> Int {
    Type
}
@Job func `default`(_ `in`: Int) -> Int { `in` }
@Job func `send a letter`(`to whom`: String) -> String { `to whom` }

@Job func defaults(a: Int = 1, b: Int? = nil, c: Int? = 5, d: [Int] = [], e: Image = .init(width: 2)) -> [Int?] {
    [a, b, c, d.count, e.width]
}
@Job func optionals(a: Int?, b: String?, c: Int!) -> Bool { a == nil && b == nil && c == nil }
@Job func owned(a: consuming Image, b: borrowing String, c: sending Int) -> Int { a.width }

@Job func injected(_ context: JobContext) -> Int { 1 }
@Job func injectedByModule(a: Int, in context: RoostCore.JobContext) async -> Int { a }
@Job func injectedBySelector(a: Int, in context: Roost::JobContext) async -> Int { a }
@Job func injectedIfThere(a: Int, context: JobContext? = nil) -> Bool { context != nil }

@Job private func privateJob(n: Int) {}
@Job private func fileprivateJob(n: Int, p: Int = 4) {}
@discardableResult @Job func discardable() -> Int { 1 }
@Job @MainActor func onMain(x: Int) -> Int { x + 1 }
@Job @MainActor func onMainAsync(x: Int) async throws -> Int { x + 1 }
@Job @concurrent func concurrent(x: Int) async -> Int { x }

actor Accounts {
    @Job static func inActor(n: Int) async -> Int { n }
}

@MainActor final class Screen {
    @Job static func inMainClass(n: Int) -> Int { n }
    @Job class func classFunction(n: Int) -> Int { n }
}

extension String {
    @Job static func up(s: String) -> String { s.uppercased() }
}

struct Outer {
    enum Inner {
        static let base = 7

        struct Output: Codable, Sendable {}

        @Job static func nested(n: Int = base) -> Int { n }
        @Job static func clash() -> Output { Output() }
        @Job private static func nestedPrivate(n: Int) -> Int { n }
        static func use() -> any Sendable { $nestedPrivate(n: 1) }
    }
}

extension Outer.Inner {
    enum Deep {
        @Job static func deeper(n: Int) -> Int { n }
    }

    @Job static func inExtension(n: Int) -> Int { n }
}

@Job func fetch(url: String) async throws -> Image { Image(width: 3) }
@Job func resize(image: Image, width: Int, note: String = "n") async throws -> Int { width }
@Job func merge(a: Int, b: String) {}
@Job func literal(a: Int) -> Int { a }

protocol LetterJob: Job {}

@Job struct Note: Job {
    var text: String
    static let kind = "note"
    func run() async throws {}
}
@Job private struct Refining: Hashable, LetterJob {
    func run() async throws -> Int { 1 }
}
enum Space {
    @Job struct Nested: Roost::Job {
        func run() async throws -> Int { 1 }
    }
}

extension $hello {
    static var greeting: $hello { $hello(hello: "hello") }
}

func uses(input: JobInput<Int>, name: JobInput<String>, image: JobInput<Image>) async throws {
    let jobs: [$hello] = [$hello(hello: "a"), .greeting]
    let output: $hello.Output = try await jobs[0].run()
    let plainOutput: () = try await $plain().run()
    _ = (output, plainOutput, $privateJob(n: 1), $fileprivateJob(n: 1), Outer.Inner.use())
    _ = (Screen.$inMainClass(n: 1), Accounts.$inActor(n: 1), String.$up(s: "a"), Mailer.Template.$render())
    _ = ($keywords(in: "a", for: "b", class: 1), `$send a letter`(`to whom`: "me"), $default(1))
    _ = $members(run: 1, request: "", options: 2, kind: "", with: 3, self: 4, init: 5).priority(3)
    _ = ($defaults(), $injected(), $injectedByModule(a: 1), $injectedIfThere(a: 1))
    _ = $resize.with(image: image, width: 7)
    _ = $resize.with(image: image, width: 100, note: "m")
    _ = $resize.with(image: image, width: input, note: name)
    _ = $merge.with(a: 5, b: name)
    _ = $literal.with(a: input)
    _ = ($sendLetter(to: "a").delayed(by: .seconds(1)), $packageJob(3), $optioned())
}
