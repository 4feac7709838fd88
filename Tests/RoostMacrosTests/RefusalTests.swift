import Testing

struct RefusalTests {
    @Test(
        "@Job on anything but a function or a struct is refused",
        arguments: [
            ("class A {}", "a class"), ("actor A {}", "an actor"), ("enum A {}", "an enum"),
            ("let a = 1", "a variable"),
            ("protocol A {}", "a protocol"), ("typealias A = Int", "a type alias"), ("extension A {}", "an extension"),
        ]
    )
    func unsuitable(declaration: String, what: String) {
        expectRefusal(
            of: "@Job \(declaration)",
            Refusal(
                message:
                    "@Job belongs on a global or static function, or on a struct that conforms to Job; this is \(what)",
                column: 1
            )
        )
    }

    @Test("an initialiser is refused")
    func initialiser() {
        expectRefusal(
            of: "struct A {\n    @Job init() {}\n}",
            Refusal(
                message: "an initialiser cannot be a job; put @Job on a static function that calls it",
                line: 2,
                column: 5
            )
        )
    }

    @Test("an operator is refused")
    func operatorFunction() {
        expectRefusal(
            of: "@Job func + (a: A, b: A) {}",
            Refusal(
                message:
                    "an operator cannot be a job, since '$' and its name make no name; "
                    + "put @Job on a function that applies it",
                column: 11
            )
        )
    }

    @Test(
        "a local function is refused, wherever it is",
        arguments: [
            "func outer() {\n    @Job func f() {}\n}",
            "struct A {\n    init() { @Job func f() {} }\n}",
            "struct A {\n    var a: Int {\n        @Job func f() {}\n    }\n}",
            "let a = {\n    @Job func f() {}\n}",
            "func outer() {\n    enum A {\n        @Job static func f() {}\n    }\n}",
        ]
    )
    func local(source: String) {
        let lines = source.split(separator: "\n")
        let line = lines.firstIndex { $0.contains("@Job") } ?? 0
        let column = lines[line].firstRange(of: " f()").map { lines[line][..<$0.upperBound].count - 2 } ?? 0
        expectRefusal(
            of: source,
            Refusal(
                message:
                    "a local declaration cannot be a job, since no worker could reach it; move it out of the function",
                line: line + 1,
                column: column
            )
        )
    }

    @Test("an instance method is refused, and can be made static")
    func instanceMethod() {
        let message =
            "'f' cannot be a job as an instance method, since a worker has no instance to call it on; make it static"
        expectRefusal(
            of: "struct A {\n    @Job private func f() {}\n}",
            Refusal(
                message: message,
                line: 2,
                column: 23,
                fixIts: ["make 'f' static"],
                fixed: "struct A {\n    @Job private static func f() {}\n}"
            )
        )
        expectRefusal(
            of: "extension A {\n    @Job func f() {}\n}",
            Refusal(
                message: message,
                line: 2,
                column: 15,
                fixIts: ["make 'f' static"],
                fixed: "extension A {\n    @Job static func f() {}\n}"
            )
        )
    }

    @Test("a member of a protocol is refused")
    func protocolMember() {
        expectRefusal(
            of: "protocol P {\n    @Job static func f()\n}",
            Refusal(
                message: "a member of a protocol cannot be a job, since a worker could not know which type's to call",
                line: 2,
                column: 22
            )
        )
    }

    @Test("a generic function is refused")
    func generic() {
        expectRefusal(
            of: "@Job func f<T: Codable>(a: T) {}",
            Refusal(
                message:
                    "a generic function cannot be a job, since a worker could not know its types; "
                    + "write one function for each type",
                column: 12
            )
        )
    }

    @Test("a member of a generic type is refused, however deep")
    func genericType() {
        expectRefusal(
            of: "struct Box<Value> {\n    enum Inner {\n        @Job static func f() {}\n    }\n}",
            Refusal(
                message:
                    "a member of the generic type 'Box' cannot be a job, since a worker could not know its types; "
                    + "move it out",
                line: 3,
                column: 26
            )
        )
    }

    @Test("a member of a constrained extension is refused", arguments: ["Array<Int>", "Box where Value == Int"])
    func constrainedExtension(extended: String) {
        expectRefusal(
            of: "extension \(extended) {\n    @Job static func f() {}\n}",
            Refusal(
                message:
                    "a member of a constrained extension of '\(extended.split(separator: " ")[0])' cannot be a job, "
                    + "since a worker could not know its types",
                line: 2,
                column: 22
            )
        )
    }

    @Test("a function that rethrows is refused")
    func rethrowing() {
        expectRefusal(
            of: "@Job func f() rethrows {}",
            Refusal(
                message: "a job cannot rethrow, since no closure can be stored with it",
                column: 15,
                fixIts: ["throw instead"],
                fixed: "@Job func f() throws {}"
            )
        )
    }

    @Test(
        "an output that cannot be stored is refused",
        arguments: [
            ("some Codable", "the output of a job is stored, so its type must be named; it cannot be opaque"),
            (
                "(Int, Int)",
                "the output of a job is stored, so it must be Void or Codable, and a tuple is neither; return a struct"
            ),
            ("() -> Int", "the output of a job is stored, so it must be Void or Codable, and a closure is neither"),
        ]
    )
    func output(type: String, message: String) {
        expectRefusal(of: "@Job func f() -> \(type) { a }", Refusal(message: message, column: 18))
    }

    @Test(
        "a kind that is not one fixed name is refused",
        arguments: [
            ("\"\"", "a kind has at least one character, no spaces around it and no control characters"),
            ("\" a\"", "a kind has at least one character, no spaces around it and no control characters"),
            (
                "name",
                "a kind is a stored name that must stay the same, so it is written as a string literal without interpolation"
            ),
            ("\"a\\u{7}b\"", "a kind has at least one character, no spaces around it and no control characters"),
        ]
    )
    func kind(kind: String, message: String) {
        expectRefusal(of: "@Job(\(kind)) func f() {}", Refusal(message: message, column: 6))
    }

    @Test("aliases that say nothing, or cannot be read, are refused")
    func aliases() {
        expectRefusal(
            of: "@Job(aliases: names) func f() {}",
            Refusal(message: "aliases are stored names, so they are written as an array of string literals", column: 15)
        )
        expectRefusal(
            of: "@Job(aliases: [\"f\"]) func f() {}",
            Refusal(message: "'f' is the job's kind already", column: 15)
        )
        expectRefusal(
            of: "@Job(aliases: [\"a\", \"a\"]) func f() {}",
            Refusal(message: "'a' is listed twice", column: 15)
        )
    }
}
