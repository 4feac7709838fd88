/// What did not come about in time.
package struct NotInTime: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) {
        self.description = description
    }
}

/// Returns once `condition` holds, at which it looks every few milliseconds.
///
/// - Parameter what: for the error: "the server ends".
/// - Throws: ``NotInTime`` after `limit`, and what `condition` throws.
package func waitUntil(
    _ what: @autoclosure () -> String,
    within limit: Duration = .seconds(30),
    _ condition: () async throws -> Bool
) async throws {
    let start = ContinuousClock.now
    while try await !condition() {
        guard ContinuousClock.now - start < limit else {
            throw NotInTime(description: "not within \(limit): \(what())")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
