import SwiftSyntaxMacrosGenericTestSupport
import Testing

struct FunctionExpansionTests {
    @Test("a function without parameters becomes a job without arguments")
    func noParameters() {
        expectExpansion(
            of: """
                @Job func plain() {
                }
                """,
            is: """
                func plain() {
                }

                nonisolated struct $plain: Roost::Job {
                    init() {
                    }

                    static var kind: Swift::String {
                        "plain"
                    }
                    static var sourceLocation: Roost::JobSourceLocation? {
                        Roost::JobSourceLocation(fileID: "App/Jobs.swift", line: 1)
                    }

                    @concurrent func run() async throws -> Swift::Void {
                        await (App::plain(), Roost::_requiringAwait()).0
                    }

                    #if objectFormat(MachO)
                    @section("__DATA_CONST,roost_jobs") @used
                    private static let __record: Roost::JobRecord = (
                        0x726F_6F73_746A_6F62,
                        {
                            $0.assumingMemoryBound(to: (any Roost::Job.Type).self).initialize(to: Self.self)
                        }
                    )
                    #else
                    @section("roost_jobs") @used
                    private static let __record: Roost::JobRecord = (
                        0x726F_6F73_746A_6F62,
                        {
                            $0.assumingMemoryBound(to: (any Roost::Job.Type).self).initialize(to: Self.self)
                        }
                    )
                    #endif
                }
                """,
            at: TestFailureLocation(fileID: #fileID, filePath: #filePath, line: #line, column: #column)
        )
    }

    @Test("a public function with everything becomes a public job with the function's labels, defaults and docs")
    func everything() {
        expectExpansion(
            of: """
                /// Sends it.
                @available(macOS 15, *)
                @Job(retries: 3) public func send(to address: String, _ times: Int = 2, note: String?) async throws -> Bool {
                    true
                }
                """,
            is: """
                /// Sends it.
                @available(macOS 15, *)
                public func send(to address: String, _ times: Int = 2, note: String?) async throws -> Bool {
                    true
                }

                /// Sends it.
                @available(macOS 15, *)
                public nonisolated struct $send: Roost::Job {
                    private static func __checkTypes() {
                        Roost::JobArgument.check((String).self)
                        Roost::JobArgument.check((Int).self)
                        Roost::JobArgument.check((String?).self)
                        Roost::JobOutput.check((Bool).self)
                    }

                    public var to: String
                    public var times: Int
                    public var note: String?

                    public init(to: String, _ times: Int = 2, note: String?) {
                        self.to = to
                        self.times = times
                        self.note = note
                    }

                    private enum CodingKeys: Swift::String, Swift::CodingKey {
                        case to
                        case times
                        case note
                    }

                    public init(from __decoder: any Swift::Decoder) throws {
                        let __container = try __decoder.container(keyedBy: CodingKeys.self)
                        self.to = try __container.decode((String).self, forKey: .to)
                        self.times = try __container.decodeIfPresent((Int).self, forKey: .times) ?? (2)
                        self.note = try __container.decodeIfPresent((String).self, forKey: .note)
                    }

                    public func encode(to __encoder: any Swift::Encoder) throws {
                        var __container = __encoder.container(keyedBy: CodingKeys.self)
                        try __container.encode(self.to, forKey: .to)
                        try __container.encode(self.times, forKey: .times)
                        try __container.encode(self.note, forKey: .note)
                    }

                    public static var kind: Swift::String {
                        "send"
                    }
                    public static let options = Roost::JobOptions(retries: 3)
                    public static var sourceLocation: Roost::JobSourceLocation? {
                        Roost::JobSourceLocation(fileID: "App/Jobs.swift", line: 3)
                    }

                    @concurrent public func run() async throws -> Bool {
                        try await App::send(to: self.to, self.times, note: self.note)
                    }

                    /// The job with `to` from earlier jobs of its graph.
                    public static func with(to: Roost::JobInput<String>, _ times: Int = 2, note: String?) -> Roost::OpenJob<Self> {
                        Roost::OpenJob([.init("to", to), .init("times", .value(times)), .init("note", .value(note))])
                    }

                    /// The job with `times` from earlier jobs of its graph.
                    public static func with(to: String, _ times: Roost::JobInput<Int>, note: String?) -> Roost::OpenJob<Self> {
                        Roost::OpenJob([.init("to", .value(to)), .init("times", times), .init("note", .value(note))])
                    }

                    /// The job with `note` from earlier jobs of its graph.
                    public static func with(to: String, _ times: Int = 2, note: Roost::JobInput<String?>) -> Roost::OpenJob<Self> {
                        Roost::OpenJob([.init("to", .value(to)), .init("times", .value(times)), .init("note", note)])
                    }

                    /// The job with every argument from earlier jobs of its graph.
                    public static func with(to: Roost::JobInput<String>, _ times: Roost::JobInput<Int>, note: Roost::JobInput<String?>) -> Roost::OpenJob<Self> {
                        Roost::OpenJob([.init("to", to), .init("times", times), .init("note", note)])
                    }

                    #if objectFormat(MachO)
                    @section("__DATA_CONST,roost_jobs") @used
                    private static let __record: Roost::JobRecord = (
                        0x726F_6F73_746A_6F62,
                        {
                            $0.assumingMemoryBound(to: (any Roost::Job.Type).self).initialize(to: Self.self)
                        }
                    )
                    #else
                    @section("roost_jobs") @used
                    private static let __record: Roost::JobRecord = (
                        0x726F_6F73_746A_6F62,
                        {
                            $0.assumingMemoryBound(to: (any Roost::Job.Type).self).initialize(to: Self.self)
                        }
                    )
                    #endif
                }
                """,
            at: TestFailureLocation(fileID: #fileID, filePath: #filePath, line: #line, column: #column)
        )
    }

    @Test(
        "the call has `try` only where the function throws",
        arguments: [
            ("func f() {}", "        await (App::f(), Roost::_requiringAwait()).0"),
            ("func f() throws {}", "        try await (App::f(), Roost::_requiringAwait()).0"),
            ("func f() throws(Failed) {}", "        try await (App::f(), Roost::_requiringAwait()).0"),
            ("func f() throws(Never) {}", "        await (App::f(), Roost::_requiringAwait()).0"),
            ("func f() async {}", "        await App::f()"),
            ("func f() async throws {}", "        try await App::f()"),
            ("@MainActor func f() {}", "        await (App::f(), Roost::_requiringAwait()).0"),
        ]
    )
    func effects(function: String, call: String) {
        expectExpansion(of: "@Job \(function)", holds: "\n\(call)\n")
    }

    @Test(
        "a job has the output of its function",
        arguments: [
            ("", "Swift::Void"), ("-> ()", "Swift::Void"), ("-> Void", "Void"), ("-> Int?", "Int?"),
            ("-> [String: Int]", "[String: Int]"), ("-> sending Image", "Image"), ("-> Output", "Output"),
        ]
    )
    func output(written: String, output: String) {
        expectExpansion(of: "@Job func f() \(written) { g() }", holds: "func run() async throws -> \(output) {")
    }

    @Test(
        "a job's members are as visible as its function",
        arguments: [
            ("public ", "public nonisolated struct $f", "    public init()"),
            ("package ", "package nonisolated struct $f", "    package init()"),
            ("internal ", "internal nonisolated struct $f", "    init()"),
            ("fileprivate ", "fileprivate nonisolated struct $f", "    init()"),
            ("private ", "private nonisolated struct $f", "    init()"),
            ("", "nonisolated struct $f", "    init()"),
        ]
    )
    func access(modifier: String, type: String, initialiser: String) {
        expectExpansion(of: "@Job \(modifier)func f() {}", holds: "\n\(type)", "\n\(initialiser)")
    }

    @Test("an open class function makes a public job")
    func openFunction() {
        expectExpansion(
            of: """
                open class Mailer {
                    @Job open class func send() {}
                }
                """,
            holds: "    public nonisolated struct $send",
            "public init()",
            "App::Mailer.send()"
        )
    }

    @Test("a member of a public extension is public, so its job's members are written as public")
    func publicExtension() {
        expectExpansion(
            of: """
                public extension Mailer {
                    @Job static func send() {}
                }
                """,
            holds: "\n    nonisolated struct $send",
            "        public init()",
            "(Mailer.send(), "
        )
    }

    @Test("names that are keywords are written in backticks, and raw identifiers too")
    func keywords() {
        expectExpansion(
            of: "@Job func `default`(in place: Int, `class`: Int, await: Int, _ `for`: Int) {}",
            holds: "struct $default: Roost::Job",
            "var `in`: Int",
            "init(`in`: Int, `class`: Int, `await`: Int, _ `for`: Int)",
            "App::`default`(in: self.`in`, class: self.`class`, await: self.`await`, self.`for`)"
        )
        expectExpansion(
            of: "@Job func `send a letter`(`to whom`: String) {}",
            holds: "struct `$send a letter`: Roost::Job",
            #"    "send a letter""#,
            #".init("to whom", `to whom`)"#,
            "App::`send a letter`(`to whom`: self.`to whom`)"
        )
    }

    @Test(
        "a key that a property of a job cannot have is stored under its name by another property",
        arguments: ["run", "request", "self", "Self", "Type", "Protocol", "init"]
    )
    func reservedKeys(key: String) {
        expectExpansion(
            of: "@Job func f(\(key) value: Int) {}",
            holds: "var _\(key): Int",
            "init(\(key) _\(key): Int)",
            "case _\(key) = \"\(key)\"",
            "App::f(\(key): self._\(key))",
            ".init(\"\(key)\", _\(key))"
        )
    }

    @Test("doc comments are repeated, other comments are not")
    func documentation() {
        expectExpansion(
            of: """
                // MARK: jobs
                /// First.
                /// Second.
                @Job func f() {}
                """,
            holds: "/// First.\n/// Second.\nnonisolated struct $f"
        )
        expectExpansion(of: "/** Block. */\n@Job func f() {}", holds: "/** Block. */\nnonisolated struct $f")
    }

    @Test("availability is repeated on the job")
    func availability() {
        expectExpansion(
            of: "@available(*, deprecated, message: \"old\") @Job @discardableResult func f() -> Int { 1 }",
            holds: "@available(*, deprecated, message: \"old\")\nnonisolated struct $f"
        )
    }
}
