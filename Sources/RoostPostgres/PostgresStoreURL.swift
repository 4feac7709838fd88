import RoostCore
import RoostPostgresClient

/// The URL of a Postgres store, whose parts make sense. Whoever prints it sees neither its password nor its options.
public struct PostgresStoreURL: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// As it was written, password included.
    package let text: String
    /// `postgres://localhost:5432/app (schema roost)`
    public let description: String

    /// - Throws: ``InvalidPostgresStoreURL``, which says what is wrong with `text` and how it is written.
    public init(_ text: String) throws(InvalidPostgresStoreURL) {
        var options = PostgresStoreOptions()
        let configuration = try Self.read(text, &options)
        self.text = text
        self.description = Self.name(configuration, schema: options.schema)
    }

    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }

    static func name(_ configuration: PostgresConfiguration, schema: String) -> String {
        "\(configuration.description) (schema \(schema))"
    }

    /// Reads the options of a URL that are the store's.
    static func read(
        _ url: String,
        _ options: inout PostgresStoreOptions
    ) throws(InvalidPostgresStoreURL) -> PostgresConfiguration {
        var configuration: PostgresConfiguration
        do throws(InvalidPostgresURL) {
            configuration = try PostgresConfiguration(url)
        } catch {
            throw InvalidPostgresStoreURL(error.problem, error.advice)
        }
        for (name, value) in configuration.extra {
            switch name {
            case "schema": options.schema = value
            case "migrate": options.migrates = try boolean(value, name)
            case "listen": options.listens = try boolean(value, name)
            default:
                throw InvalidPostgresStoreURL(
                    "a Postgres store has no option '\(name)'",
                    "there are schema, migrate, listen, timeout, connections, prepare, and all of libpq: sslmode, target_session_attrs…"
                )
            }
        }
        guard SchemaName(options.schema) != nil else { throw .schema(options.schema) }
        configuration.extra = []
        return configuration
    }

    private static func boolean(_ value: String, _ name: String) throws(InvalidPostgresStoreURL) -> Bool {
        guard let value = ["true": true, "false": false][value] else {
            throw InvalidPostgresStoreURL("\(name) cannot be '\(value)'", "it is true or false")
        }
        return value
    }
}

/// A text that names no Postgres server. It repeats no part of the text that may hold a password.
public struct InvalidPostgresStoreURL: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public let problem: String
    /// What to write instead.
    public let advice: String

    init(_ problem: String, _ advice: String) {
        self.problem = problem
        self.advice = advice
    }

    static func schema(_ name: String) -> InvalidPostgresStoreURL {
        InvalidPostgresStoreURL(
            "a schema cannot be '\(name)'",
            "write letters, digits and underscores, up to 40, no digit first and not pg_…: schema=shop_jobs"
        )
    }

    public var description: String { "\(problem): \(advice)" }
}
