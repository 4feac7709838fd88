import Testing

struct ParameterRefusalTests {
    @Test("an inout parameter is refused")
    func inoutParameter() {
        expectRefusal(
            of: "@Job func f(_ a: inout Int) {}",
            Refusal(
                message:
                    "parameter 'a' of a job cannot be inout, since the caller is gone when the job runs; return the value",
                column: 13,
                fixIts: ["remove 'inout'"],
                fixed: "@Job func f(_ a: Int) {}"
            )
        )
    }

    @Test("a variadic parameter is refused")
    func variadic() {
        expectRefusal(
            of: "@Job func f(a: Int..., b: Int) {}",
            Refusal(
                message: "parameter 'a' of a job cannot be variadic; take an array",
                column: 13,
                fixIts: ["take an array of 'Int'"],
                fixed: "@Job func f(a: [Int], b: Int) {}"
            )
        )
    }

    @Test("an isolated parameter is refused")
    func isolated() {
        expectRefusal(
            of: "@Job func f(a: isolated Accounts) {}",
            Refusal(message: "parameter 'a' of a job cannot be isolated, since an actor cannot be stored", column: 13)
        )
    }

    @Test(
        "a closure is refused as a parameter",
        arguments: ["() -> Int", "(@Sendable () -> Int)?", "[(Int) -> Void]", "@escaping () -> Void"]
    )
    func closure(type: String) {
        expectRefusal(
            of: "@Job func f(a: \(type)) {}",
            Refusal(
                message: "parameter 'a' of a job is stored, and a closure cannot be; pass the values it needs",
                column: 16
            )
        )
    }

    @Test("an opaque parameter is refused", arguments: ["some Codable", "[some Codable]"])
    func opaque(type: String) {
        expectRefusal(
            of: "@Job func f(a: \(type)) {}",
            Refusal(
                message: "parameter 'a' of a job is stored, so its type must be named; it cannot be opaque",
                column: 16
            )
        )
    }

    @Test("a parameter without any name is refused")
    func unnamed() {
        expectRefusal(
            of: "@Job func f(_: Int) {}",
            Refusal(
                message: "a parameter of a job needs a label or a name, under which its value is stored",
                column: 13
            )
        )
    }

    @Test("two parameters of one key are refused")
    func duplicateKey() {
        expectRefusal(
            of: "@Job func f(a b: Int, _ a: Int) {}",
            Refusal(message: "two parameters would be stored as 'a'; give one of them another label", column: 23)
        )
    }

    @Test("a type called as a type of the job's own is refused")
    func ambiguousName() {
        expectRefusal(
            of: "@Job func f(a: [Output]) {}",
            Refusal(
                message: "inside the job 'Output' would mean the job's own 'Output'; write the type with its path",
                column: 17,
                fixIts: ["write 'App::Output'"],
                fixed: "@Job func f(a: [App::Output]) {}"
            )
        )
        expectRefusal(
            of: "enum A {\n    @Job static func f(a: Work) {}\n}",
            Refusal(
                message: "inside the job 'Work' would mean the job's own 'Work'; write the type with its path",
                line: 2,
                column: 27,
                fixIts: ["write 'App::A.Work'", "write 'App::Work'"]
            )
        )
    }

    @Test("a parameter labelled `within` needs a scope")
    func withinWithoutScope() {
        let message = "parameter 'db' is labelled 'within', so it takes the value of a scope, but @Job names none"
        expectRefusal(
            of: "@Job func f(within db: Connection) {}",
            Refusal(
                message: message,
                column: 13,
                fixIts: ["name the scope in @Job"],
                fixed: "@Job(within: <#scope#>) func f(within db: Connection) {}"
            )
        )
        expectRefusal(
            of: "@Job(retries: 3) func f(within db: Connection) {}",
            Refusal(
                message: message,
                column: 25,
                fixIts: ["name the scope in @Job"],
                fixed: "@Job(retries: 3, within: <#scope#>) func f(within db: Connection) {}"
            )
        )
    }

    @Test("there are no more parameters labelled `within` than scopes")
    func withinBeyondScopes() {
        expectRefusal(
            of: "@Job(within: a) func f(within b: B, within c: C) {}",
            Refusal(
                message:
                    "parameter 'c' is labelled 'within', so it takes the value of a scope, but @Job names only one",
                column: 37
            )
        )
    }
}
