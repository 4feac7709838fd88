import Testing

@testable import RoostCore

private let tooLong = JobOptions.longest + .milliseconds(1)
private let limits = "it lies between zero and 100 years"

@Suite("JobOptions")
struct JobOptionsTests {
    /// A case of a test: what is done to the default options.
    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let apply: @Sendable (inout JobOptions) -> Void

        init(_ description: String, _ apply: @escaping @Sendable (inout JobOptions) -> Void) {
            self.testDescription = description
            self.apply = apply
        }

        var options: JobOptions {
            var options = JobOptions()
            apply(&options)
            return options
        }
    }

    @Test("the default options are valid")
    func defaults() throws {
        try JobOptions().validate()
    }

    @Test(
        "an option at its limit is valid",
        arguments: [
            Change("a queue's name of 1 byte") { $0.queue = "a" },
            Change("a queue's name of 128 bytes") { $0.queue = String(repeating: "é", count: 64) },
            Change("a queue's name with a space") { $0.queue = " mail, slow " },
            Change("the lowest priority") { $0.priority = .min },
            Change("the highest priority") { $0.priority = .max },
            Change("no delay") { $0.start = .after(.zero) },
            Change("a delay of 100 years") { $0.start = .after(JobOptions.longest) },
            Change("a start long ago") { $0.start = .at(.distantPast) },
            Change("a start at the end of time") { $0.start = .at(.distantFuture) },
            Change("an expiry of zero") { $0.expiry = .after(.zero) },
            Change("an expiry of 100 years") { $0.expiry = .after(JobOptions.longest) },
            Change("an expiry long ago") { $0.expiry = .at(.distantPast) },
            Change("the shortest timeout") { $0.timeout = Duration(secondsComponent: 0, attosecondsComponent: 1) },
            Change("a timeout of 100 years") { $0.timeout = JobOptions.longest },
            Change("no retries") { $0.retries = 0 },
            Change("any number of retries") { $0.retries = .max },
            Change("no retention") { $0.retention = .zero },
            Change("a retention of 100 years") { $0.retention = JobOptions.longest },
            Change("one crash") { $0.maxCrashes = 1 },
            Change("any number of crashes") { $0.maxCrashes = .max },
            Change("a header's name of 1 byte") { $0.headers = ["a": ""] },
            Change("a header at its limits") {
                $0.headers = [String(repeating: "a", count: 256): String(repeating: "b", count: 8192)]
            },
            Change("a unique key of 1 byte") { $0.unique = Uniqueness(key: "a") },
            Change("a unique key of 1024 bytes") { $0.unique = Uniqueness(key: String(repeating: "é", count: 512)) },
            Change("a unique period of 100 years") { $0.unique = Uniqueness(period: JobOptions.longest) },
            Change("a unique state") { $0.unique = Uniqueness(states: [.failed]) },
        ]
    )
    func accepts(change: Change) throws {
        try change.options.validate()
    }

    /// What is done, and what the refusal says.
    struct Refused: Sendable, CustomTestStringConvertible {
        let option: String
        let value: String
        let reason: String
        let change: Change
        var testDescription: String { "\(option): \(value)" }

        init(
            _ option: String,
            _ value: String,
            _ reason: String,
            _ apply: @escaping @Sendable (inout JobOptions) -> Void
        ) {
            self.option = option
            self.value = value
            self.reason = reason
            self.change = Change(value, apply)
        }
    }

    @Test(
        "an option that cannot be meant is refused, and told which, what and why",
        arguments: [
            Refused("queue", "the name is ''", "a queue's name has 1 to 128 bytes and no control characters") {
                $0.queue = ""
            },
            Refused(
                "queue",
                "the name is '\(String(repeating: "a", count: 40))'",
                "a queue's name has 1 to 128 bytes and no control characters"
            ) { $0.queue = String(repeating: "a", count: 129) },
            Refused("delay", "it is -1.0 seconds", limits) { $0.start = .after(.seconds(-1)) },
            Refused("delay", "it is 3153600000.001 seconds", limits) { $0.start = .after(tooLong) },
            Refused("expiry", "it is -1.0 seconds", limits) { $0.expiry = .after(.seconds(-1)) },
            Refused("expiry", "it is 3153600000.001 seconds", limits) { $0.expiry = .after(tooLong) },
            Refused("timeout", "it is zero", "no attempt could ever end in time") { $0.timeout = .zero },
            Refused("timeout", "it is -1.0 seconds", limits) { $0.timeout = .seconds(-1) },
            Refused("timeout", "it is 3153600000.001 seconds", limits) { $0.timeout = tooLong },
            Refused("retries", "it is -1", "it counts further attempts: use 0 or more") { $0.retries = -1 },
            Refused("backoff", "jitter is 2.0", "it is a part of the delay, from 0 to 1") {
                $0.backoff = .constant(.zero, jitter: 2)
            },
            Refused("retention", "it is -1.0 seconds", limits) { $0.retention = .seconds(-1) },
            Refused("retention", "it is 3153600000.001 seconds", limits) { $0.retention = tooLong },
            Refused("maxCrashes", "it is 0", "a job is set aside after 1 crash or more") { $0.maxCrashes = 0 },
            Refused(
                "headers",
                "'' has 0 bytes and a value of 1",
                "a name has 1 to 256 bytes, a value at most 8,192"
            ) { $0.headers = ["": "x"] },
            Refused(
                "headers",
                "'\(String(repeating: "a", count: 40))' has 257 bytes and a value of 0",
                "a name has 1 to 256 bytes, a value at most 8,192"
            ) { $0.headers = [String(repeating: "a", count: 257): ""] },
            Refused(
                "headers",
                "'trace' has 5 bytes and a value of 8193",
                "a name has 1 to 256 bytes, a value at most 8,192"
            ) { $0.headers = ["trace": String(repeating: "a", count: 8193)] },
            Refused("unique", "the key is empty", "all jobs of the kind would be duplicates") {
                $0.unique = Uniqueness(key: "")
            },
            Refused("unique", "the key has 1025 bytes", "at most 1,024 are kept") {
                $0.unique = Uniqueness(key: String(repeating: "a", count: 1025))
            },
            Refused("unique", "the period is 0.0 seconds", "it must be above zero, at most 100 years") {
                $0.unique = Uniqueness(period: .zero)
            },
            Refused(
                "unique",
                "the period is 3153600000.001 seconds",
                "it must be above zero, at most 100 years"
            ) { $0.unique = Uniqueness(period: tooLong) },
            Refused("unique", "there is no state", "with no state in which it counts nothing is unique") {
                $0.unique = Uniqueness(states: [])
            },
        ]
    )
    func refuses(_ refused: Refused) {
        let error = #expect(throws: InvalidJobOption.self) { try refused.change.options.validate() }
        #expect(error == InvalidJobOption(refused.option, refused.value, refused.reason))
    }

    @Test(
        "a queue's name has no control characters",
        arguments: ["\0", "a\nb", "a\tb", "\u{1F}", "\u{7F}", "\u{80}", "a\u{9F}"]
    )
    func refusesControlCharacters(name: String) {
        let error = #expect(throws: InvalidJobOption.self) { try JobOptions(queue: name).validate() }
        #expect(error?.option == "queue")
    }

    @Test("a refusal names the option, its value and the reason in one line")
    func refusalDescription() {
        let error = #expect(throws: InvalidJobOption.self) { try JobOptions(retries: -1).validate() }
        #expect(error?.description == "invalid option retries: it is -1; it counts further attempts: use 0 or more")
    }
}
