import RoostCore
import RoostRedisClient

/// The URL of a Redis store, whose parts make sense. Whoever prints it sees neither its password nor its options.
public struct RedisStoreURL: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// As it was written, password included.
    package let text: String
    /// `redis://localhost:6379/0 (namespace roost)`
    public let description: String

    /// - Throws: ``InvalidRedisStoreURL``, which says what is wrong with `text` and how it is written.
    public init(_ text: String) throws(InvalidRedisStoreURL) {
        var options = RedisStoreOptions()
        let configuration = try Self.read(text, &options)
        self.text = text
        self.description = Self.name(configuration, namespace: options.namespace)
    }

    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }

    static func name(_ configuration: RedisConfiguration, namespace: String) -> String {
        "\(configuration.description) (namespace \(namespace))"
    }

    /// Reads the options of a URL that are the store's.
    static func read(
        _ url: String,
        _ options: inout RedisStoreOptions
    ) throws(InvalidRedisStoreURL) -> RedisConfiguration {
        var configuration: RedisConfiguration
        do throws(InvalidRedisURL) {
            configuration = try RedisConfiguration(url)
        } catch {
            throw InvalidRedisStoreURL(error.problem, error.advice)
        }
        for (name, value) in configuration.extra {
            switch name {
            case "namespace":
                options.namespace = value
            case "accept-eviction":
                guard let accepts = ["true": true, "false": false][value] else {
                    throw InvalidRedisStoreURL("accept-eviction cannot be '\(value)'", "it is true or false")
                }
                options.acceptsEviction = accepts
            case "replicas":
                guard let count = Int(value), (0...100).contains(count) else {
                    throw InvalidRedisStoreURL("replicas cannot be '\(value)'", "it is a number from 0 to 100")
                }
                options.replicas = count
            default:
                throw InvalidRedisStoreURL(
                    "a Redis store has no option '\(name)'",
                    """
                    there are namespace, accept-eviction, replicas, timeout, connections, database, tls-ca, tls-cert, tls-key, \
                    tls-verify, sentinel-user and sentinel-password
                    """
                )
            }
        }
        // A brace would end the part of a key that says on which node it lies.
        guard !options.namespace.isEmpty, !options.namespace.contains(where: { $0 == "{" || $0 == "}" }) else {
            throw InvalidRedisStoreURL(
                "a namespace cannot be '\(options.namespace)'",
                "write letters and digits: namespace=shop"
            )
        }
        configuration.extra = []
        configuration.hashTag = options.namespace
        return configuration
    }
}

/// A text that names no Redis server. It repeats no part of the text that may hold a password.
public struct InvalidRedisStoreURL: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public let problem: String
    /// What to write instead.
    public let advice: String

    init(_ problem: String, _ advice: String) {
        self.problem = problem
        self.advice = advice
    }

    public var description: String { "\(problem): \(advice)" }
}
