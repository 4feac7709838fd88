import Testing

@testable import RoostCommands

@Suite struct DurationArgumentTests {
    @Test(
        "a time is seconds, or has a unit",
        arguments: [
            ("25", .seconds(25)), ("1.5", .milliseconds(1500)), ("0", .zero), ("500ms", .milliseconds(500)),
            ("25s", .seconds(25)), ("2m", .seconds(120)), ("1.5h", .seconds(5400)), ("7d", .seconds(604_800)),
        ] as [(String, Duration)]
    )
    func reads(text: String, duration: Duration) throws {
        #expect(try DurationArgument(text).duration == duration)
    }

    @Test(
        "anything else is refused",
        arguments: ["", "s", "-1", "5x", "1 s", "nan", "inf", "1e3", "1.2.3", "99999999d"]
    )
    func refuses(text: String) {
        #expect(throws: (any Error).self) { try DurationArgument(text) }
    }

    @Test(
        "it is shown in the unit that leaves it whole",
        arguments: [
            (.seconds(25), "25s"), (.seconds(120), "2m"), (.milliseconds(1500), "1500ms"), (.seconds(86_400), "1d"),
        ] as [(Duration, String)]
    )
    func shows(duration: Duration, text: String) {
        #expect(duration.argument == text)
    }
}
