#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One line of a history's file: an object with one key that says what it is, `{"body":{"at":17,…}}`.
enum HistoryLine: Codable {
    case event(HistoryEvent)
    case final(History.FinalJob)

    private enum Keys: String, CodingKey {
        case final
    }

    init(from decoder: any Decoder) throws {
        let final = try decoder.container(keyedBy: Keys.self).decodeIfPresent(History.FinalJob.self, forKey: .final)
        if let final {
            self = .final(final)
        } else {
            self = .event(try HistoryEvent(from: decoder))
        }
    }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .event(let event):
            try event.encode(to: encoder)
        case .final(let job):
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(job, forKey: .final)
        }
    }

    /// The line, with its end.
    func encoded() throws(HistoryError) -> Data {
        do {
            var line = try JSONEncoder().encode(self)
            line.append(UInt8(ascii: "\n"))
            return line
        } catch {
            throw HistoryError("cannot encode an event: \(error)")
        }
    }
}

extension HistoryEvent {
    private enum Keys: String, CodingKey {
        case transition, lease, worker, action, call, reply, body, observed, process, finding
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        guard let key = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: container.codingPath, debugDescription: "not one event of a known sort")
            )
        }
        func value<Value: Decodable>() throws -> Value { try container.decode(Value.self, forKey: key) }
        switch key {
        case .transition: self = .transition(try value())
        case .lease: self = .lease(try value())
        case .worker: self = .worker(try value())
        case .action: self = .action(try value())
        case .call: self = .call(try value())
        case .reply: self = .reply(try value())
        case .body: self = .body(try value())
        case .observed: self = .observed(try value())
        case .process: self = .process(try value())
        case .finding: self = .finding(try value())
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        switch self {
        case .transition(let event): try container.encode(event, forKey: .transition)
        case .lease(let event): try container.encode(event, forKey: .lease)
        case .worker(let event): try container.encode(event, forKey: .worker)
        case .action(let event): try container.encode(event, forKey: .action)
        case .call(let event): try container.encode(event, forKey: .call)
        case .reply(let event): try container.encode(event, forKey: .reply)
        case .body(let event): try container.encode(event, forKey: .body)
        case .observed(let event): try container.encode(event, forKey: .observed)
        case .process(let event): try container.encode(event, forKey: .process)
        case .finding(let event): try container.encode(event, forKey: .finding)
        }
    }
}
