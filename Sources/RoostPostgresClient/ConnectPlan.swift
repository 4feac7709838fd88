/// Which servers to try, one after another, and what to tell libpq of each.
///
/// libpq would go through the hosts by itself, but not leave one that took the connection and says nothing.
struct ConnectPlan: Sendable {
    typealias Option = LibPQOptions.Option

    /// The options of each attempt.
    let attempts: [[Option]]
    /// For an address to answer.
    let limit: Duration
    /// The order is left to chance.
    let isShuffled: Bool

    init(_ configuration: PostgresConfiguration, known: LibPQOptions = .known) {
        var options = configuration.options
        func value(_ name: String) -> String? {
            options.last { $0.name == name }?.value ?? known.fromEnvironment(name)
        }
        /// What neither the URL nor the environment says.
        func add(_ name: String, _ value: String) {
            guard known.contains(name), !options.contains(where: { $0.name == name }),
                known.fromEnvironment(name) == nil
            else { return }
            options.append(Option(name: name, value: value))
        }
        // A service file comes after what is said here, so that it would be of no effect.
        let hasService = value("service") != nil
        add("fallback_application_name", "roost")
        if !hasService {
            add("keepalives", "1")
            add("keepalives_idle", "10")
            add("keepalives_interval", "3")
            add("keepalives_count", "3")
            add("tcp_user_timeout", "15000")
            if (value("host") ?? value("hostaddr") ?? "").contains(",") { add("target_session_attrs", "read-write") }
        }
        options.removeAll { $0.name == "client_encoding" }
        options.append(Option(name: "client_encoding", value: "UTF8"))

        // As libpq has it, nothing and zero are for ever; a thread may not wait so long.
        let seconds = value("connect_timeout").map { Double($0) ?? 0 } ?? 5
        limit = seconds > 0 ? .seconds(min(seconds, 3600)) : configuration.callTimeout
        isShuffled = value("load_balance_hosts") == "random"

        let hosts = Self.split(options)
        attempts =
            if options.last(where: { $0.name == "target_session_attrs" })?.value == "prefer-standby", hosts.count > 1 {
                ["standby", "any"].flatMap { session in
                    hosts.map { $0 + [Option(name: "target_session_attrs", value: session)] }
                }
            } else {
                hosts
            }
    }

    /// The options for each host of a list.
    private static func split(_ options: [Option]) -> [[Option]] {
        func list(_ name: String) -> [Substring] {
            options.last { $0.name == name }?.value.split(separator: ",", omittingEmptySubsequences: false) ?? []
        }
        let (hosts, addresses, ports) = (list("host"), list("hostaddr"), list("port"))
        let count = max(hosts.count, addresses.count)
        // Lists that do not fit together libpq has the words for.
        guard count > 1, hosts.isEmpty || hosts.count == count, addresses.isEmpty || addresses.count == count,
            ports.count <= 1 || ports.count == count
        else { return [options] }
        let rest = options.filter { !["host", "hostaddr", "port"].contains($0.name) }
        return (0..<count).map { index in
            func one(_ name: String, _ list: [Substring]) -> [Option] {
                guard let value = index < list.count ? list[index] : list.first else { return [] }
                return [Option(name: name, value: String(value))]
            }
            return rest + one("host", hosts) + one("hostaddr", addresses) + one("port", ports)
        }
    }

    func order(using generator: inout some RandomNumberGenerator) -> [[Option]] {
        isShuffled ? attempts.shuffled(using: &generator) : attempts
    }
}
