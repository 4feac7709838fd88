internal import CLibPQ

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The options that the libpq of this machine knows: they differ by its version.
struct LibPQOptions: Sendable {
    struct Option: Sendable, Equatable {
        let name: String
        let value: String
    }

    /// By name, the environment variable that stands for it.
    private let variables: [String: String?]

    static let known = LibPQOptions()

    private init() {
        var variables: [String: String?] = [:]
        // Of nothing it tells all options; PQconndefaults would read a service file for their values.
        let options = PQconninfoParse("", nil)
        defer { PQconninfoFree(options) }
        var next = options
        while let option = next, let keyword = option.pointee.keyword {
            variables[String(cString: keyword)] = .some(option.pointee.envvar.map { String(cString: $0) })
            next = option.advanced(by: 1)
        }
        self.variables = variables
    }

    func contains(_ name: String) -> Bool { variables[name] != nil }

    /// What the environment says; `PGPORT` for the port.
    func fromEnvironment(_ name: String) -> String? {
        guard let variable = variables[name] ?? nil, let value = getenv(variable) else { return nil }
        return String(cString: value)
    }

    /// - Returns: nil where libpq cannot read the URL; its words for that may repeat a password.
    func parse(url: String) -> [Option]? {
        guard let options = PQconninfoParse(url, nil) else { return nil }
        defer { PQconninfoFree(options) }
        var parsed: [Option] = []
        var next = options
        while let keyword = next.pointee.keyword {
            if let value = next.pointee.val {
                parsed.append(Option(name: String(cString: keyword), value: String(cString: value)))
            }
            next = next.advanced(by: 1)
        }
        return parsed
    }
}
