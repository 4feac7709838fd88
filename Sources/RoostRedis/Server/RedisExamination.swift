import Logging
package import RoostCore
import RoostRedisClient

/// Looks at a server and at what a namespace on it has, and changes nothing.
package struct RedisExamination: Sendable {
    private let client: RedisClient
    private let options: RedisStoreOptions

    private init(_ url: RedisStoreURL) throws(InvalidRedisStoreURL) {
        var options = RedisStoreOptions()
        let configuration = try RedisStoreURL.read(url.text, &options)
        self.options = options
        // What happens to the connection is in the findings.
        self.client = RedisClient(configuration, logger: Logger(label: "roost.redis") { _ in SwiftLogNoOpLogHandler() })
    }

    /// All that is to be said, in the order in which it matters.
    package static func findings(of url: RedisStoreURL) async throws(InvalidRedisStoreURL) -> [StoreFinding] {
        let examination = try RedisExamination(url)
        let findings = await examination.look()
        await examination.client.close()
        return findings
    }

    private func look() async -> [StoreFinding] {
        do throws(RedisError) {
            let start = ContinuousClock.now
            let facts = ServerFacts(replies: try await client.pipeline(ServerFacts.questions, resend: .safe))
            let connected = ContinuousClock.now - start
            let judged = facts.findings(acceptsEviction: options.acceptsEviction, replicas: options.replicas)
            if facts.isLoading {
                let reachable = StoreFinding(
                    .warning,
                    "reachable",
                    "connected in \(Self.milliseconds(connected))",
                    meaning: "the server still reads what it had on disk, and calls wait",
                    advice: "look again when it is done"
                )
                return [reachable] + judged
            }
            let clock = try await clock()
            return [
                StoreFinding(
                    .ok,
                    "reachable",
                    "connected in \(Self.milliseconds(connected)), one round trip \(Self.milliseconds(clock.roundTrip))"
                )
            ]
                + judged + [clock.finding] + (try await namespaceFindings())
        } catch {
            return [unreachable(error)]
        }
    }

    private func unreachable(_ error: RedisError) -> StoreFinding {
        let advice: String =
            switch error {
            case .refused: "look at the user, the password, the database and the certificates"
            case .protocolViolation: "look at the address: something else listens there"
            case .server: "look at what the server says, and at the permissions of the user"
            case .unreachable, .timedOut, .unknownFate, .connectionLost, .closed, .checkFailed:
                "start the server, or look at the address and at what is between"
            }
        return StoreFinding(.problem, "reachable", "\(error)", meaning: "nothing works", advice: advice)
    }

    // MARK: Clocks

    struct Clock {
        /// How far the server's clock is ahead of this machine's.
        let lead: Duration
        let roundTrip: Duration
    }

    /// By the answer of several that came fastest: it may be wrong by half of its round trip.
    private func clock() async throws(RedisError) -> Clock {
        var best: Clock?
        for _ in 0..<5 {
            let start = ContinuousClock.now
            let before = SystemTimeSource().now
            let reply = try await client.send(RedisCommand("TIME"), resend: .safe)
            let roundTrip = ContinuousClock.now - start
            guard let words = reply.array, words.count == 2, let seconds = words[0].text.flatMap({ Int64($0) }),
                let microseconds = words[1].text.flatMap({ Int64($0) }), seconds >= 0, seconds < 1 << 40
            else { throw .protocolViolation("TIME answered \(reply)") }
            guard best.map({ roundTrip < $0.roundTrip }) ?? true else { continue }
            let server = Timestamp(microseconds: seconds * 1_000_000 + microseconds)
            best = Clock(lead: server - before - roundTrip / 2, roundTrip: roundTrip)
        }
        return best ?? Clock(lead: .zero, roundTrip: .zero)
    }

    static func milliseconds(_ duration: Duration) -> String {
        "\((duration / .milliseconds(1) * 100).rounded() / 100) ms"
    }

    // MARK: The namespace

    private func namespaceFindings() async throws(RedisError) -> [StoreFinding] {
        let prefix = "{\(options.namespace)}:"
        let replies = try await client.pipeline(
            [RedisCommand("HMGET", "\(prefix)meta", "epoch", "model"), RedisCommand("HGETALL", "\(prefix)n")],
            resend: .safe
        )
        for case .error(let message) in replies {
            return [
                StoreFinding(
                    .problem,
                    "namespace",
                    "\(options.namespace): \(message)",
                    meaning: "its keys cannot be read, or are not Roost's",
                    advice: "allow this user the keys {\(options.namespace)}:*, or choose another namespace"
                )
            ]
        }
        guard let meta = replies.first?.array, meta.count == 2, !meta[0].isNull else {
            return [
                StoreFinding(
                    .ok,
                    "namespace",
                    "\(options.namespace): nothing there yet",
                    meaning: "the first worker or enqueue makes it"
                )
            ]
        }
        let model = meta[1].text.flatMap { Int64($0) } ?? 0
        guard model <= Namespace.model else {
            return [
                StoreFinding(
                    .problem,
                    "namespace",
                    "\(options.namespace): model \(model), and this Roost knows up to \(Namespace.model)",
                    meaning: "a newer Roost made it, and this one does not open it",
                    advice: "update this program's Roost"
                )
            ]
        }
        return [
            StoreFinding(.ok, "namespace", "\(options.namespace): model \(model)"),
            StoreFinding(.ok, "jobs", Self.counts(replies.last?.array ?? [])),
        ]
    }

    /// `3 ready, 1200 succeeded`, from fields that are lane and state, and their numbers.
    static func counts(_ fields: [RedisValue]) -> String {
        var totals: [JobState: Int] = [:]
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            guard let code = fields[index].text?.split(separator: ":").last.flatMap({ UInt8($0) }),
                let state = try? JobState(code: code), let count = fields[index + 1].text.flatMap({ Int($0) })
            else { continue }
            totals[state, default: 0] += count
        }
        return StoreFinding.counts(totals)
    }
}

extension RedisExamination.Clock {
    /// What the difference means.
    var finding: StoreFinding {
        let distance = lead < .zero ? .zero - lead : lead
        let uncertainty = RedisExamination.milliseconds(roundTrip / 2)
        let what =
            distance <= roundTrip / 2
            ? "the server's is this machine's (± \(uncertainty))"
            : """
            the server's is \(Self.text(distance)) \(lead < .zero ? "behind" : "ahead of") this machine's (± \(uncertainty))
            """
        guard distance - roundTrip / 2 > .seconds(1) else { return StoreFinding(.ok, "clock", what) }
        return StoreFinding(
            .warning,
            "clock",
            what,
            meaning: "jobs start and expire by the server's clock; leases do not depend on the difference",
            advice: "let both machines follow a time server"
        )
    }

    private static func text(_ duration: Duration) -> String {
        guard duration >= .seconds(1) else { return RedisExamination.milliseconds(duration) }
        return "\((duration / .seconds(1) * 10).rounded() / 10) s"
    }
}
