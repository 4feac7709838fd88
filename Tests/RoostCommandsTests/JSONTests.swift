import Testing

@testable import RoostCommands

@Suite struct JSONTests {
    @Test(
        "what is read is written the same",
        arguments: [
            "null", "true", "false", "0", "-0", "12345678901234567890", "1.50", "-2e-10", "1E400", #""""#, #""a\"\\b""#,
            "[]", "{}", #"[1,[2,{"b":null,"a":"é"}]]"#,
        ]
    )
    func roundTrip(text: String) throws {
        #expect(JSONWriter.compact(try JSONParser.parse(text)) == text)
    }

    @Test("escapes are read")
    func escapes() throws {
        #expect(try JSONParser.parse(#""\u00e9\ud83d\ude00\/\n""#) == .string("é😀/\n"))
    }

    @Test("control characters are written as escapes, also those that steer a terminal")
    func controls() {
        #expect(JSONWriter.compact(.string("a\n\t\u{1}\u{1B}\u{9B}é")) == #""a\n\t\u0001\u001b\u009bé""#)
    }

    @Test("each value has a line of its own")
    func pretty() {
        let text = JSONWriter.pretty(["a": [1, true], "b": [:], "c": []])
        #expect(text == "{\n  \"a\": [\n    1,\n    true\n  ],\n  \"b\": {},\n  \"c\": []\n}")
    }

    @Test(
        "an error has its place",
        arguments: [
            ("", 1, 1), ("{", 1, 2), ("{a: 1}", 1, 2), (#"{"a" 1}"#, 1, 6), (#"{"a":}"#, 1, 6), (#"{"a":1,}"#, 1, 8),
            ("{\n  \"a\": 1\n  \"b\": 2}", 3, 3), ("[1 2]", 1, 4), ("[1,]", 1, 4), ("01", 1, 2), ("1.", 1, 3),
            ("-", 1, 2),
            ("tru", 1, 1), ("1 2", 1, 3), (#""é" x"#, 1, 5), ("\"a\nb\"", 1, 3), (#""\x""#, 1, 3), (#""\u12g4""#, 1, 6),
            (#""\ud800""#, 1, 2), (#"{"a":1,"a":2}"#, 1, 8), ("'a'", 1, 1), ("NaN", 1, 1), ("\"a", 1, 3),
        ]
    )
    func errors(text: String, line: Int, column: Int) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(text) }
        #expect(error.map { [$0.line, $0.column] } == [line, column], "\(error?.description ?? "")")
    }

    @Test("deep nesting is refused, not followed into the ground")
    func depth() {
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(String(repeating: "[", count: 100_000)) }
    }
}
