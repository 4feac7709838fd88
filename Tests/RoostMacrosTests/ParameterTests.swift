import Testing

struct ParameterTests {
    @Test(
        "a value that an older payload lacks is the default, or nil",
        arguments: [
            ("a: Int", "try __container.decode((Int).self, forKey: .a)"),
            ("a: Int = 5", "try __container.decodeIfPresent((Int).self, forKey: .a) ?? (5)"),
            ("a: [Int] = []", "try __container.decodeIfPresent(([Int]).self, forKey: .a) ?? ([])"),
            ("a: Int?", "try __container.decodeIfPresent((Int).self, forKey: .a)"),
            ("a: Int!", "try __container.decodeIfPresent((Int).self, forKey: .a)"),
            ("a: Optional<Int>", "try __container.decodeIfPresent((Int).self, forKey: .a)"),
            ("a: Swift.Optional<Int>", "try __container.decodeIfPresent((Int).self, forKey: .a)"),
            ("a: Int? = nil", "try __container.decodeIfPresent((Int).self, forKey: .a)"),
        ]
    )
    func decoding(parameter: String, expression: String) {
        expectExpansion(of: "@Job func f(\(parameter)) {}", holds: "self.a = \(expression)\n")
    }

    @Test("a stored nil stays nil where the default is another value")
    func storedNil() {
        expectExpansion(
            of: "@Job func f(a: Int? = 5) {}",
            holds: "self.a = try __container.contains(.a) ? __container.decode((Int?).self, forKey: .a) : (5)",
            "try __container.encode(self.a, forKey: .a)"
        )
    }

    @Test("`consuming` and the like say how a value is passed, not what is stored")
    func ownership() {
        expectExpansion(
            of: "@Job func f(a: consuming Image, b: borrowing String, c: sending Int) {}",
            holds: "var a: Image",
            "var b: String",
            "init(a: Image, b: String, c: Int)"
        )
    }

    @Test(
        "a job's context is given when it runs, however its type is written",
        arguments: [
            "JobContext", "Roost.JobContext", "RoostCore.JobContext", "Roost::JobContext", "RoostCore::JobContext",
        ]
    )
    func context(type: String) {
        expectExpansion(
            of: "@Job func f(a: Int, in context: \(type)) {}",
            holds: "init(a: Int) {",
            "try await (App::f(a: self.a, in: Roost::JobContext.required), Roost::_requiringAwait()).0"
        )
    }

    @Test("an optional context is nil outside a job")
    func optionalContext() {
        expectExpansion(
            of: "@Job func f(_ context: JobContext? = nil) async {}",
            holds: "init() {",
            "        await App::f(Roost::JobContext.current)\n"
        )
    }

    @Test("with one argument there is one `with`")
    func singleOpening() {
        expectExpansion(
            of: "@Job func f(_ a: Int = 1) {}",
            holds: """
                    static func with(_ a: Roost::JobInput<Int>) -> Roost::OpenJob<Self> {
                        Roost::OpenJob([.init("a", a)])
                    }
                """
        )
        expectExpansion(of: "@Job func f(_ a: Int = 1) {}", lacks: "every argument")
    }

    @Test("a default that names a member of the job means what it means outside")
    func hiddenNames() {
        expectExpansion(
            of: "@Job(queue: queue) func f(width: Int = width, height: Int = Size.width) {}",
            holds: "init(width: Int = App::width, height: Int = Size.width)",
            "Roost::JobOptions(queue: App::queue)"
        )
        expectExpansion(
            of: """
                enum Size {
                    @Job(queue: kind) static func f(width: Int = width) {}
                }
                """,
            holds: "init(width: Int = App::Size.width)",
            "Roost::JobOptions(queue: App::Size.kind)"
        )
    }

    @Test("`Self` means the type around the function")
    func selfType() {
        expectExpansion(
            of: """
                struct Template {
                    @Job static func render(_ template: Self = Self(name: "a")) -> [Self] { [template] }
                }
                """,
            holds: "var template: App::Template",
            #"init(_ template: App::Template = App::Template(name: "a"))"#,
            "func run() async throws -> [App::Template] {"
        )
    }
}
