/// Which store to open: `.memory`, and what each store adds: `.sqlite("app.db")`.
public struct StoreProvider: Sendable {
    let open: @Sendable () async throws -> any JobStore

    /// - Parameter open: opens the store; what it throws comes out of the `JobQueue`'s initialiser.
    public init(_ open: @escaping @Sendable () async throws -> any JobStore) {
        self.open = open
    }

    /// Opens the store.
    ///
    /// - Throws: as a rule `StoreError`, which says what to do.
    public func makeStore() async throws -> any JobStore {
        try await open()
    }

    /// A store in this process's memory: gone when the process ends. For tests and for work that may be lost.
    public static var memory: StoreProvider { StoreProvider { MemoryStore() } }

    /// A store that was opened already.
    public static func opened(_ store: any JobStore) -> StoreProvider { StoreProvider { store } }
}
