public import Logging
public import RoostCore
public import RoostSQLite

#if Postgres
public import RoostPostgres
#endif
#if Redis
public import RoostRedis
#endif

/// The place of a store as a command line names it.
///
/// ```
/// sqlite:app.db                       a file, from the working directory
/// sqlite:///var/lib/app/jobs.db       a file, by its whole path
/// sqlite:app.db?synchronous=normal    faster; the last commits may be lost if the power fails
/// memory:                             this process alone; gone when it ends
/// postgres://localhost/app            a Postgres database, with the package's trait `Postgres`
/// redis://localhost                   a Redis or Valkey server, with the package's trait `Redis`
/// ```
///
/// Postgres also by `postgresql://`, with all options of libpq: see `PostgresStore`. Its form `host=… dbname=…` is for
/// code alone.
///
/// Redis also by `rediss://`, `redis+unix://`, `redis+sentinel://`, `rediss+sentinel://`, `redis+cluster://` and
/// `rediss+cluster://`: see `RedisStore`.
///
/// As in any URL, `%20` stands for a space, `%3F` for a question mark and `%25` for a percent sign.
public struct StoreURL: Sendable, Hashable {
    /// The stores that a URL can name in this build.
    public enum Place: Sendable, Hashable {
        case memory
        case sqlite(path: String, synchronous: SQLiteStoreOptions.Synchronous)
        #if Postgres
        case postgres(PostgresStoreURL)
        #endif
        #if Redis
        case redis(RedisStoreURL)
        #endif
    }

    public let place: Place

    public init(_ place: Place) {
        self.place = place
    }

    /// - Throws: ``InvalidStoreURL``, which says what is wrong with `text` and how it is written.
    public init(_ text: String) throws(InvalidStoreURL) {
        guard let colon = text.firstIndex(of: ":") else {
            // What libpq takes besides URLs has no colon, and may hold a password: the text is not repeated.
            throw InvalidStoreURL(
                "the text names no kind of store",
                "the stores are \(Self.forms(and: "and")); for the file app.db write sqlite:app.db"
            )
        }
        let scheme = text[..<colon].lowercased()
        let rest = text[text.index(after: colon)...]
        switch scheme {
        case "memory":
            guard rest.isEmpty || rest == "//" else {
                throw InvalidStoreURL(
                    "memory: takes nothing after it",
                    "write memory: alone, or sqlite:\(rest) for a file"
                )
            }
            self.place = .memory
        case "sqlite":
            self.place = try Self.sqlite(rest)
        case "redis", "rediss", "redis+unix", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster":
            self.place = try Self.redis(text, scheme)
        case "postgres", "postgresql":
            self.place = try Self.postgres(text, scheme)
        default:
            // Before a colon that is not of a URL a password may stand.
            let isScheme = rest.hasPrefix("//") && scheme.allSatisfy { $0.isLetter || "+-".contains($0) }
            throw InvalidStoreURL(
                "there is no store \(isScheme ? "'\(scheme):'" : "of that kind")",
                "the stores are \(Self.forms(and: "and"))"
            )
        }
    }

    private static func sqlite(_ rest: Substring) throws(InvalidStoreURL) -> Place {
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = String(parts.first ?? "")
        if path.hasPrefix("//") {
            // A URL with slashes has a host between the second and the third; a file has none.
            path.removeFirst(2)
            guard path.hasPrefix("/") || path.isEmpty else {
                throw InvalidStoreURL(
                    "sqlite://\(path) would name a host",
                    "write sqlite:\(path), or three slashes before a whole path"
                )
            }
        }
        guard let decoded = path.removingPercentEscapes else {
            throw InvalidStoreURL("'\(path)' has a % without two hexadecimal digits", "a percent sign is written %25")
        }
        guard !decoded.isEmpty, !decoded.utf8.contains(0) else {
            throw InvalidStoreURL("sqlite: names no file", "write sqlite:app.db")
        }
        guard decoded != ":memory:" else {
            throw InvalidStoreURL("a store of SQLite lives in a file", "for one in memory write memory:")
        }
        return .sqlite(path: decoded, synchronous: try synchronous(parts.dropFirst().first ?? ""))
    }

    private static func synchronous(
        _ query: Substring
    ) throws(InvalidStoreURL) -> SQLiteStoreOptions.Synchronous {
        var synchronous = SQLiteStoreOptions.Synchronous.full
        for parameter in query.split(separator: "&") {
            let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.first == "synchronous" else {
                throw InvalidStoreURL(
                    "sqlite: has no option '\(pair.first ?? "")'",
                    "there is synchronous=full|normal|off"
                )
            }
            let value = pair.count == 2 ? pair[1].uppercased() : ""
            guard let setting = SQLiteStoreOptions.Synchronous(rawValue: value) else {
                throw InvalidStoreURL("synchronous cannot be '\(value.lowercased())'", "it is full, normal or off")
            }
            synchronous = setting
        }
        return synchronous
    }

    /// What opens the store.
    public var provider: StoreProvider { provider(logger: nil) }

    /// What opens the store.
    ///
    /// - Parameter logger: where a store tells of its server; nil: a logger of its own.
    public func provider(logger: Logger?) -> StoreProvider {
        switch place {
        case .memory: .memory
        case .sqlite(let path, let synchronous):
            StoreProvider { try SQLiteStore(path: path, options: SQLiteStoreOptions(synchronous: synchronous)) }
        #if Postgres
        case .postgres(let url):
            StoreProvider { try await PostgresStore(url, logger: logger ?? Logger(label: "roost.postgres")) }
        #endif
        #if Redis
        case .redis(let url):
            StoreProvider { try await RedisStore(url, logger: logger ?? Logger(label: "roost.redis")) }
        #endif
        }
    }
}

/// A text that names no store.
public struct InvalidStoreURL: Error, Equatable, CustomStringConvertible {
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

extension String {
    /// The text with each `%XX` replaced by its byte; nil where a percent sign is followed by something else.
    fileprivate var removingPercentEscapes: String? {
        var bytes: [UInt8] = []
        var rest = Array(utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
            guard digits.count == 2 else { return nil }
            bytes.append(UInt8(digits[0] << 4 | digits[1]))
            rest.removeFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
