import Testing

struct AttributeTests {
    @Test("options are passed on under the names that JobOptions has for them")
    func options() {
        expectExpansion(
            of: """
                @Job(queue: "mail", priority: 5, delay: .seconds(60), expires: .hours(1), timeout: .minutes(5), retries: 3)
                func f() {}
                """,
            holds: """
                static let options = Roost::JobOptions(queue: "mail", priority: 5, start: .after(.seconds(60)), \
                expiry: .after(.hours(1)), timeout: .minutes(5), retries: 3)
                """
        )
        expectExpansion(
            of:
                "@Job(unique: Uniqueness(key: \"a\"), headers: [\"a\": \"b\"], retention: .days(2), maxCrashes: 1) func f() {}",
            holds: #"unique: Uniqueness(key: "a"), headers: ["a": "b"], retention: .days(2), maxCrashes: 1)"#
        )
    }

    @Test("an expiry of nil is none")
    func noExpiry() {
        expectExpansion(of: "@Job(expires: nil) func f() {}", lacks: "expiry", "options")
    }

    @Test("without options a job has those of every job")
    func noOptions() {
        expectExpansion(of: "@Job func f() {}", lacks: "options", "aliases", "scopes")
    }

    @Test(
        "the kind is the path of the function without its module",
        arguments: [
            ("@Job func f() {}", "f"),
            ("enum A { struct B { @Job static func f() {} } }", "A.B.f"),
            ("extension A.B { actor C { @Job static func f() {} } }", "A.B.C.f"),
            ("extension App.A { @Job static func f() {} }", "A.f"),
            ("extension App::A { @Job static func f() {} }", "A.f"),
            ("enum `A` { @Job static func `f`() {} }", "A.f"),
            ("#if DEBUG\nfinal class A { @Job static func f() {} }\n#endif", "A.f"),
        ]
    )
    func kind(source: String, kind: String) {
        expectExpansion(of: source, holds: "static var kind: Swift::String {", "    \"\(kind)\"\n")
    }

    @Test("an explicit kind and aliases are stored names")
    func explicitKind() {
        expectExpansion(
            of: #"@Job("mail.send", aliases: ["send", "post"]) func f() {}"#,
            holds: #"    "mail.send""#,
            #"    ["send", "post"]"#
        )
        expectExpansion(of: "@Job(nil) func f() {}", holds: #"    "f""#)
    }

    @Test("a scope is entered around the call")
    func scope() {
        expectExpansion(
            of: "@Job(within: database) func f(id: Int, within db: Connection) async throws -> Int { 1 }",
            holds: "private static let __scope0 = database",
            "static var scopes: [any Roost::JobScope] {",
            "    [__scope0]",
            "init(id: Int) {",
            """
                    try await Self.__scope0.run { __entered0 in
                        try await App::f(id: self.id, within: __entered0)
                    }
            """
        )
    }

    @Test("scopes nest, the first outermost, and the parameters labelled `within` take their values in order")
    func scopes() {
        expectExpansion(
            of: "@Job(retries: 1, within: span, database, lock) func f(within a: Span, within _: Connection) {}",
            holds: "    [__scope0, __scope1, __scope2]",
            """
                    try await Self.__scope0.run { __entered0 in
                        try await Self.__scope1.run { __entered1 in
                            try await Self.__scope2.run { _ in
                                await (App::f(within: __entered0, within: __entered1), Roost::_requiringAwait()).0
                            }
                        }
                    }
            """
        )
    }
}
