public import RoostCore
import RoostRedisClient

extension RedisStore {
    @concurrent public func perform(_ request: ActionRequest) async throws(StoreError) -> ActionAnswer {
        var failure: [UInt8] = []
        switch request.action {
        case .cancel, .cancelGraph:
            failure = try StoredFailure.encode(StoreRules.cancelled(by: request.by, why: request.why))
        default: break
        }
        let reply = try await namespace.run(Scripts.perform, resend: .safe) { [failure] arguments in
            arguments.append(request.id)
            arguments.append(StoreLimits.requestMemory.wholeMicroseconds)
            Self.append(request.action, failure, to: &arguments)
        }
        guard let parts = reply.array, parts.count == 3, let result = parts[0].bytes, let hasMore = parts[2].integer
        else {
            throw namespace.broken("an action", reply)
        }
        return ActionAnswer(
            try actionResult(result),
            changes: try await changes(parts[1].bytes),
            hasMore: hasMore == 1
        )
    }

    private static func append(_ action: StoreAction, _ failure: [UInt8], to arguments: inout RedisCommand) {
        switch action {
        case .cancel(let id):
            arguments.append("cancel")
            arguments.append(id)
            arguments.append(failure)
        case .cancelGraph(let graph):
            arguments.append("cancelGraph")
            arguments.append(graph)
            arguments.append(failure)
        case .reschedule(let id, let start):
            arguments.append("reschedule")
            arguments.append(id)
            arguments.append(text(of: start))
        case .retry(let id):
            arguments.append("retry")
            arguments.append(id)
        case .delete(let id):
            arguments.append("delete")
            arguments.append(id)
        case .pause(let queue, let kind):
            arguments.append("pause")
            arguments.append(pattern(queue, kind))
        case .resume(let queue, let kind):
            arguments.append("resume")
            arguments.append(pattern(queue, kind))
        case .revoke(let scope, let once, let until):
            var value: [UInt8] = [once ? 1 : 0]
            if let until { value.append(number: until.microseconds) }
            append(scope, "revoke", to: &arguments)
            arguments.append(value)
        case .restore(let scope): append(scope, "restore", to: &arguments)
        }
    }

    private static func append(_ scope: RevocationScope, _ verb: String, to arguments: inout RedisCommand) {
        switch scope {
        case .job(let id):
            arguments.append("\(verb)Job")
            arguments.append(id)
        case .kind(let kind):
            arguments.append("\(verb)Kind")
            arguments.append(kind)
        }
    }

    /// As `dueOf()` reads it.
    private static func text(of start: JobOptions.Start) -> [UInt8] {
        var bytes: [UInt8] = []
        switch start {
        case .now:
            bytes.append(0)
            bytes.append(number: Int64(0))
        case .after(let delay):
            bytes.append(0)
            bytes.append(number: min(delay.wholeMicroseconds, NewRow.forever))
        case .at(let time):
            bytes.append(1)
            bytes.append(number: time.microseconds)
        }
        return bytes
    }

    /// As `matches()` reads it.
    private static func pattern(_ queue: String?, _ kind: String?) -> [UInt8] {
        let name = Array((queue ?? "").utf8.prefix(Int(UInt16.max)))
        var bytes: [UInt8] = [(queue == nil ? 0 : 1) | (kind == nil ? 0 : 2)]
        bytes.append(number: UInt16(name.count))
        return bytes + name + Array((kind ?? "").utf8)
    }

    private func actionResult(_ bytes: [UInt8]) throws(StoreError) -> ActionAnswer.Result {
        switch String(decoding: bytes.prefix { $0 >= 0x41 && $0 <= 0x7A }.prefix(9), as: UTF8.self) {
        case "done": return .done
        case "requested": return .requested
        case "unchanged": return .unchanged
        case "notFound": return .notFound
        case "refused":
            return .refused(try JobState(code: bytes.last ?? 0))
        case "duplicate":
            guard let holder = JobID(bytes: bytes.dropFirst(9)) else { break }
            return .duplicate(of: holder)
        default: break
        }
        throw StoreError(.broken, "\(name) answered an action with \(bytes)")
    }
}
