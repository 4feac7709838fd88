public import Roost

public struct SendingFailed: Error {
    public init() {}
}

/// Sends it. This comment is repeated on the job.
@Job(retries: 3, backoff: .exponential(from: .seconds(1)))
public func sendLetter(to recipient: String, times: Int = 2, context: JobContext) async throws -> Bool {
    context.attempt >= 0 && times > 0 && !recipient.isEmpty
}

@Job("void-job")
public func voidJob() {}

@Job package func packageJob(_ number: Int) -> Int { number }

public enum Mailer {
    @Job(aliases: ["Mailer.post", "old.send"])
    public static func send(_ id: Int) async throws(SendingFailed) -> Int? {
        if id < 0 { throw SendingFailed() }
        return id == 0 ? nil : id
    }

    public struct Template: Codable, Sendable {
        public var name: String

        public init(name: String) {
            self.name = name
        }

        /// `Self` in a signature is the type around the function, not the job.
        @Job public static func render(template: Self = Self(name: "plain")) -> Self { template }
    }
}

// swift-format-ignore: NoAccessLevelOnExtensionDeclaration
public extension Mailer {
    @Job static func inPublicExtension(id: Int) -> Int { id }
}

@available(*, deprecated, message: "use sendLetter")
@Job public func sendTelegram(text: String) {}

@Job
public struct Cleanup: Job {
    public var days: Int

    public init(days: Int) {
        self.days = days
    }

    public func run() async throws -> [String: Int] { ["days": days] }
}
