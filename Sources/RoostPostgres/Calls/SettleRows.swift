import RoostCore
import RoostPostgresClient

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Settle items as arrays of columns.
struct SettleRows {
    private let items: [SettleItem]
    /// Whether all of them succeeded and added nothing.
    private let arePlain: Bool
    private var added: [String?] = []
    private var failures: [String?] = []

    init(_ items: [SettleItem]) throws(StoreError) {
        self.items = items
        arePlain = items.allSatisfy { item in
            if case .succeeded = item.end { item.added == nil } else { false }
        }
        guard !arePlain else { return }
        for item in items {
            failures.append(
                try item.end.failure.map { failure throws(StoreError) in try StoredFailure.encode(failure) }
            )
            added.append(try Self.text(of: item))
        }
    }

    /// What a job added that succeeded; nil: nothing.
    private static func text(of item: SettleItem) throws(StoreError) -> String? {
        guard case .succeeded = item.end, let batch = item.added, !batch.jobs.isEmpty || !batch.edges.isEmpty else {
            return nil
        }
        do throws(StoreError) {
            try StoreRules.validate(batch)
            return try BatchText(batch).text
        } catch {
            // Its jobs are at fault, not the others of the call: the database is to refuse it, as it does where it finds the fault itself.
            return BatchText.refused(error.message)
        }
    }

    /// As `settle` takes them.
    func append(to parameters: inout PostgresParameters) {
        parameters.appendArray(of: .uuid) { for item in items { $0.append(id: item.job.words) } }
        parameters.appendArray(of: .int8) { for item in items { $0.append(item.token.number) } }
        if arePlain {
            parameters.appendNull(array: .int2)
        } else {
            parameters.appendArray(of: .int2) { for item in items { $0.append(item.end.code) } }
        }
        parameters.appendArray(of: .int8) { for item in items { $0.append(item.startedAt?.microseconds) } }
        if items.contains(where: { $0.end.output != nil }) {
            parameters.appendArray(of: .bytea) { for item in items { $0.append(bytes: item.end.output) } }
        } else {
            parameters.appendNull(array: .bytea)
        }
        guard !arePlain else {
            parameters.appendNull(array: .int8)
            parameters.appendNull(array: .bool)
            parameters.appendNull(array: .text)
            return parameters.appendNull(array: .text)
        }
        parameters.appendArray(of: .int8) { for item in items { $0.append(item.end.delay) } }
        parameters.appendArray(of: .bool) { for item in items { $0.append(item.end.usesRetry) } }
        parameters.appendArray(of: .text) { for failure in failures { $0.append(failure) } }
        parameters.appendArray(of: .text) { for text in added { $0.append(text) } }
    }

    /// Reads the answers to the items, in their order.
    func answers(_ result: PostgresResult) throws(PostgresError) -> [SettleAnswer] {
        guard !result.isNull(0, 2) else { return Array(repeating: .applied, count: items.count) }
        let codes = result.bytes(0, 2)
        guard codes.count == items.count else {
            throw .unexpectedAnswer("\(codes.count) answers to \(items.count) settles")
        }
        return codes.map { $0 == 0 ? .applied : $0 == 1 ? .already : .stale }
    }
}

extension JobEnd {
    fileprivate var code: Int16 {
        switch self {
        case .succeeded: 0
        case .failed: 1
        case .retry: 2
        case .cancelled: 3
        case .expired: 4
        case .released: 5
        }
    }

    fileprivate var output: Data? {
        if case .succeeded(let output) = self { output } else { nil }
    }

    fileprivate var failure: FailureRecord? {
        switch self {
        case .failed(let failure), .retry(_, let failure, _), .cancelled(let failure): failure
        case .succeeded, .expired, .released: nil
        }
    }

    fileprivate var delay: Int64? {
        if case .retry(let delay, _, _) = self { StoredDuration.microseconds(delay) } else { nil }
    }

    fileprivate var usesRetry: Bool? {
        if case .retry(_, _, let uses) = self { uses } else { nil }
    }
}
