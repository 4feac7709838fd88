#if Postgres
import RoostPostgres
#endif
#if Redis
import RoostRedis
#endif

// Stores on servers, each of which is in a build by a trait of the package alone.

extension StoreURL {
    /// How those of this build are written, for people: `sqlite:PATH, redis://HOST or memory:`.
    static func forms(and word: String) -> String {
        var forms = ["sqlite:PATH"]
        #if Postgres
        forms.append("postgres://HOST/DATABASE")
        #endif
        #if Redis
        forms.append("redis://HOST")
        #endif
        return "\(forms.joined(separator: ", ")) \(word) memory:"
    }

    #if Postgres
    static func postgres(_ text: String, _ scheme: String) throws(InvalidStoreURL) -> Place {
        do throws(InvalidPostgresStoreURL) {
            return .postgres(try PostgresStoreURL(text))
        } catch {
            throw InvalidStoreURL(error.problem, error.advice)
        }
    }
    #else
    static func postgres(_ text: String, _ scheme: String) throws(InvalidStoreURL) -> Place {
        throw missing(scheme, trait: "Postgres")
    }
    #endif

    #if Redis
    static func redis(_ text: String, _ scheme: String) throws(InvalidStoreURL) -> Place {
        do throws(InvalidRedisStoreURL) {
            return .redis(try RedisStoreURL(text))
        } catch {
            throw InvalidStoreURL(error.problem, error.advice)
        }
    }
    #else
    static func redis(_ text: String, _ scheme: String) throws(InvalidStoreURL) -> Place {
        throw missing(scheme, trait: "Redis")
    }
    #endif

    /// The rest of the text is not repeated: it may hold a password.
    private static func missing(_ scheme: String, trait: String) -> InvalidStoreURL {
        InvalidStoreURL(
            "a store at \(scheme): is not in this build",
            """
            it is with the package's trait \(trait): write traits: [.defaults, "\(trait)"] where your package depends on \
            roost, or in a clone of it swift build --traits default,\(trait)
            """
        )
    }
}
