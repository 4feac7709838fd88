import RoostCore

extension JobReport {
    /// Every key is always there; what does not apply is null.
    var json: JSONValue {
        [
            "id": .string(job.id.description),
            "kind": .string(job.kind),
            "queue": .string(job.queue),
            "state": .string(job.state.rawValue),
            "priority": JSONValue(job.priority),
            "attempts": JSONValue(job.attempt),
            "failures": JSONValue(job.failures),
            "crashes": JSONValue(job.crashes),
            "claims": JSONValue(job.claims),
            "cancelRequested": .bool(job.cancelRequested),
            "waitsFor": JSONValue(job.openEdges),
            "graph": JSONValue(job.graph?.description),
            "worker": job.worker.map { JSONValue($0.number) } ?? .null,
            "enqueuedAt": .string(job.enqueuedAt.description),
            "enqueuedBy": .string(job.enqueuedBy),
            "dueAt": JSONValue(job.dueAt?.description),
            "readyAt": JSONValue(job.readyAt?.description),
            "expiresAt": JSONValue(job.expiresAt?.description),
            "startedAt": JSONValue(job.startedAt?.description),
            "finishedAt": JSONValue(job.finishedAt?.description),
            "headers": .object(
                job.headers.sorted { $0.key < $1.key }.map { JSONMember(key: $0.key, value: .string($0.value)) }
            ),
            "arguments": arguments ?? .null,
            "result": result ?? .null,
            "error": job.failure.map(Self.json) ?? .null,
            "errors": .array(attempts.map(Self.json)),
        ]
    }

    private static func json(_ failure: FailureRecord) -> JSONValue {
        .object(members(of: failure))
    }

    private static func json(_ attempt: AttemptRecord) -> JSONValue {
        .object(
            [JSONMember(key: "attempt", value: JSONValue(attempt.attempt))] + members(of: attempt.failure) + [
                JSONMember(key: "worker", value: attempt.worker.map { JSONValue($0.number) } ?? .null),
                JSONMember(key: "startedAt", value: JSONValue(attempt.startedAt?.description)),
                JSONMember(key: "endedAt", value: .string(attempt.endedAt.description)),
            ]
        )
    }

    private static func members(of failure: FailureRecord) -> [JSONMember] {
        [
            JSONMember(key: "reason", value: .string(failure.reason.rawValue)),
            JSONMember(key: "type", value: JSONValue(failure.errorType.isEmpty ? nil : failure.errorType)),
            JSONMember(key: "message", value: .string(failure.message)),
            JSONMember(key: "stack", value: JSONValue(failure.stack)),
        ]
    }
}
