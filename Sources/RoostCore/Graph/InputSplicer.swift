#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes what earlier jobs left behind into a job's arguments, as bytes: an output is neither decoded nor encoded again.
///
/// For a job of which ``RunOptions/openings`` is not empty; also for one without inputs, since the outputs of an empty
/// group are an empty array.
enum InputSplicer {
    /// How many positions the openings read, from 0 on: `inputs(of:from:limit:)` need not be asked for more.
    static func positionCount(of openings: [String: InputSource]) -> Int {
        openings.values.reduce(0) { max($0, $1.positions.upperBound) }
    }

    /// The complete arguments.
    ///
    /// - Parameters:
    ///   - arguments: the arguments known when the job was enqueued: a JSON object.
    ///   - openings: the arguments that are open, and what fills them.
    ///   - inputs: what the job's parents left behind, in any order.
    static func splice(
        _ arguments: Data,
        openings: [String: InputSource],
        inputs: [JobInputRecord]
    ) throws(InputMissing) -> Data {
        guard !openings.isEmpty else { return arguments }
        // By key, so that equal inputs give equal bytes.
        let ordered = openings.sorted { $0.key < $1.key }
        let bytes = arguments.trimmed
        guard bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}"), bytes.count >= 2 else {
            throw InputMissing(key: ordered[0].key, reason: .noObject)
        }
        let known = bytes.dropFirst().dropLast().trimmed
        let size = inputs.reduce(arguments.count) { $0 + ($1.outcome?.output?.count ?? 256) + 24 }
        var writer = Writer(inputs: inputs, capacity: size)
        writer.write("{")
        writer.result.append(known)
        var isFirst = known.isEmpty
        for (key, source) in ordered {
            if !isFirst { writer.write(",") }
            isFirst = false
            writer.write(JSONText.quoted(key))
            writer.write(":")
            try writer.write(source, for: key)
        }
        writer.write("}")
        return writer.result
    }
}

/// Writes values from inputs.
private struct Writer {
    /// By position, each once.
    private let inputs: [JobInputRecord]
    var result = Data()

    init(inputs: [JobInputRecord], capacity: Int) {
        // They come in order from the store; sorting what is sorted takes one pass.
        self.inputs = inputs.sorted { $0.position < $1.position }
        result.reserveCapacity(capacity)
    }

    mutating func write(_ text: String) {
        result.append(contentsOf: text.utf8)
    }

    mutating func write(_ source: InputSource, for key: String) throws(InputMissing) {
        var place = index(of: source.positions.lowerBound)
        switch source {
        case .output:
            result.append(try output(of: try record(at: &place, source.positions.lowerBound, key), key))
        case .failure:
            let record = try record(at: &place, source.positions.lowerBound, key)
            guard let failure = try failure(of: record, key) else {
                throw InputMissing(key: key, record, reason: .succeeded)
            }
            result.append(failure)
        case .outcome:
            try writeOutcome(of: try record(at: &place, source.positions.lowerBound, key), key)
        case .outputs, .outcomes, .failures:
            write("[")
            var isFirst = true
            for position in source.positions {
                let record = try record(at: &place, position, key)
                if case .failures = source {
                    guard let failure = try failure(of: record, key) else { continue }
                    separate(&isFirst)
                    result.append(failure)
                } else {
                    separate(&isFirst)
                    if case .outputs = source {
                        result.append(try output(of: record, key))
                    } else {
                        try writeOutcome(of: record, key)
                    }
                }
            }
            write("]")
        }
    }

    private mutating func separate(_ isFirst: inout Bool) {
        if !isFirst { write(",") }
        isFirst = false
    }

    /// The form of ``JobOutcome``.
    private mutating func writeOutcome(of record: JobInputRecord, _ key: String) throws(InputMissing) {
        if let failure = try failure(of: record, key) {
            write(#"{"failed":"#)
            result.append(failure)
        } else {
            let output = try output(of: record, key)
            write(#"{"succeeded":"#)
            result.append(output)
        }
        write("}")
    }

    /// The first place whose position is not below `position`.
    private func index(of position: Int) -> Int {
        var low = 0
        var high = inputs.count
        while low < high {
            let middle = (low + high) / 2
            if Int(inputs[middle].position) < position { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The input at `position`, from `place` on, which is moved behind it.
    private func record(
        at place: inout Int,
        _ position: Int,
        _ key: String
    ) throws(InputMissing) -> JobInputRecord {
        guard place < inputs.count, Int(inputs[place].position) == position else {
            throw InputMissing(key: key, reason: .noParent)
        }
        place += 1
        return inputs[place - 1]
    }

    private func output(of record: JobInputRecord, _ key: String) throws(InputMissing) -> Data {
        guard let outcome = record.outcome else { throw InputMissing(key: key, record, reason: .forgotten) }
        guard outcome.state == .succeeded else {
            throw InputMissing(
                key: key,
                record,
                reason: .notSucceeded(outcome.state, message: outcome.failure?.message)
            )
        }
        guard let output = outcome.output else { throw InputMissing(key: key, record, reason: .void) }
        return output
    }

    /// The ``JobFailure`` of a parent; nil where it succeeded.
    private func failure(of record: JobInputRecord, _ key: String) throws(InputMissing) -> Data? {
        guard let outcome = record.outcome else { throw InputMissing(key: key, record, reason: .forgotten) }
        guard let failure = JobFailure(job: record.parent, outcome: outcome) else { return nil }
        do {
            return try PayloadCodec.encode(failure)
        } catch {
            throw InputMissing(key: key, record, reason: .unencodable("\(error)"))
        }
    }
}

extension Data {
    /// Without JSON's white space around it.
    fileprivate var trimmed: Data {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        var rest = drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
        return rest
    }
}
