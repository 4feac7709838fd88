/// Where the server is, and how to speak to it. From a URL: see ``init(_:)``.
package struct PostgresConfiguration: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// What libpq is told, a password among it.
    var options: [LibPQOptions.Option]
    /// Options that are neither libpq's nor the client's, for whoever made the URL.
    package var extra: [(name: String, value: String)] = []
    /// How long a call may take as a whole: to wait for a connection, to connect again, and to run.
    package var callTimeout = Duration.seconds(30)
    package var maxConnections = 8
    /// false: for poolers that give each transaction another connection. No statement is kept prepared then, and no
    /// setting made for a session.
    package var preparesStatements = true
    /// As a URL, without user, password and options.
    package let description: String

    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(self, children: ["server": description]) }

    init(options: [LibPQOptions.Option]) {
        self.options = options
        func value(_ name: String) -> String? {
            options.last { $0.name == name && !$0.value.isEmpty }?.value ?? LibPQOptions.known.fromEnvironment(name)
        }
        let ports = (value("port") ?? "5432").split(separator: ",", omittingEmptySubsequences: false)
        let hosts = (value("host") ?? value("hostaddr") ?? "localhost")
            .split(separator: ",", omittingEmptySubsequences: false)
        let servers = hosts.enumerated().map { index, host in
            let port = index < ports.count ? ports[index] : ports.last ?? ""
            let name =
                if host.hasPrefix("/") {
                    host.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "%2F")
                } else if host.contains(":") {
                    "[\(host)]"
                } else {
                    host.isEmpty ? "localhost" : String(host)
                }
            return "\(name):\(port.isEmpty ? "5432" : port)"
        }
        let database = value("dbname") ?? value("user") ?? ""
        let service = options.last { $0.name == "service" }?.value
        description =
            if let service, value("host") == nil {
                "postgres service \(service)"
            } else {
                "postgres://\(servers.joined(separator: ","))/\(database)"
            }
    }
}
