import RoostCore

extension JobReport {
    var text: String {
        var table = TextTable(columns: [.left, .left])
        for (name, value) in fields { if let value { table.rows.append([name, value.escaped]) } }
        var parts = [table.text]
        if !attempts.isEmpty {
            parts.append("errors\n" + attempts.map(line).joined(separator: "\n"))
        }
        if let arguments { parts.append("arguments\n" + JSONWriter.pretty(arguments).indented) }
        if let result { parts.append("result\n" + JSONWriter.pretty(result).indented) }
        return parts.joined(separator: "\n\n")
    }

    private var fields: [(String, String?)] {
        [
            ("job", job.id.description),
            ("kind", job.kind),
            ("queue", job.priority == 0 ? job.queue : "\(job.queue), priority \(job.priority)"),
            ("state", state),
            ("attempts", counters),
            ("error", job.failure.map(description)),
            ("waits for", job.openEdges == 0 ? nil : job.openEdges == 1 ? "1 job" : "\(job.openEdges) jobs"),
            ("graph", job.graph?.description),
            ("worker", job.worker?.description),
            ("enqueued", moment(job.enqueuedAt).map { job.enqueuedBy.isEmpty ? $0 : "\($0), by \(job.enqueuedBy)" }),
            ("due", moment(job.dueAt)),
            ("ready", moment(job.readyAt)),
            ("expires", moment(job.expiresAt)),
            ("started", moment(job.startedAt)),
            ("finished", moment(job.finishedAt)),
            ("headers", headers),
        ]
    }

    private var state: String {
        var text = job.state.rawValue
        if let failure = job.failure, failure.reason.rawValue != text { text += " (\(failure.reason.rawValue))" }
        if job.cancelRequested { text += ", its cancel was asked for" }
        return text
    }

    private var counters: String {
        var text = "\(job.attempt)"
        var parts: [String] = []
        if job.failures > 0 { parts.append(job.failures == 1 ? "1 failure" : "\(job.failures) failures") }
        if job.crashes > 0 { parts.append(job.crashes == 1 ? "1 crash" : "\(job.crashes) crashes") }
        if job.claims != job.attempt { parts.append("claimed \(job.claims == 1 ? "once" : "\(job.claims) times")") }
        if !parts.isEmpty { text += " (\(parts.joined(separator: ", ")))" }
        return text
    }

    private var headers: String? {
        guard !job.headers.isEmpty else { return nil }
        return job.headers.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    }

    private func moment(_ time: Timestamp?) -> String? {
        guard let time else { return nil }
        let age = now - time
        return "\(time) (\(age < .zero ? "in \((.zero - age).approximate)" : "\(age.approximate) ago"))"
    }

    private func line(_ attempt: AttemptRecord) -> String {
        var line = "  \(attempt.attempt).  \(attempt.endedAt)  \(description(of: attempt.failure).escaped)"
        if let stack = attempt.failure.stack {
            line +=
                "\n"
                + stack.split(whereSeparator: \.isNewline).map { "      \(String($0).escaped)" }
                .joined(separator: "\n")
        }
        return line
    }

    private func description(of failure: FailureRecord) -> String {
        let reason = failure.reason == .error ? "" : "\(failure.reason.rawValue): "
        return reason + (failure.errorType.isEmpty ? failure.message : "\(failure.errorType): \(failure.message)")
    }
}

extension String {
    fileprivate var indented: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n")
    }
}
