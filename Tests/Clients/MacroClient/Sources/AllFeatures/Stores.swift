public import Roost

/// With the trait `Redis` alone: no other import.
public let fleet = StoreProvider.redis("redis://localhost", options: RedisStoreOptions(namespace: "client"))

/// With the trait `Postgres` alone.
public let cluster = StoreProvider.postgres("postgres://localhost", options: PostgresStoreOptions(schema: "client"))

/// Where the traits `SQLite` and `Postgres` are both on, the name of the type says which transaction is meant.
@Job public func charge(order: Int, context: JobContext) async throws {
    try await context.transaction { (transaction: PostgresTransaction) in
        try await transaction.execute("UPDATE accounts SET paid = true WHERE id = $1", order)
    }
}
