public import Roost

/// With the trait `Redis` alone: no other import.
public let fleet = StoreProvider.redis("redis://localhost", options: RedisStoreOptions(namespace: "client"))
