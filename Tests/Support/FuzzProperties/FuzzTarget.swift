/// What can be fuzzed: each a property that must hold of any bytes.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// Arguments, options and inputs of a job, as a database that anybody may have written to hands them out.
    case payload
    /// The options of a job, as a program sets them.
    case options
    /// The command line.
    case commands
    /// The reader and the writer of JSON.
    case json

    /// - Throws: ``FuzzFailure`` where the property does not hold. Whatever traps ends the process.
    package func check(_ bytes: [UInt8]) async throws {
        switch self {
        case .payload: try await PayloadProperty().check(bytes)
        case .options: try await OptionProperty().check(bytes)
        case .commands: try await CommandProperty().check(bytes)
        case .json: try JSONProperty().check(bytes)
        }
    }
}

/// Bytes for which a property does not hold.
package struct FuzzFailure: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
