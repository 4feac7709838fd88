import Foundation

/// What a server wrote down of all that changed its data, command by command: its append-only file, or rather the files of which
/// it consists since Redis 7. It tells what survives the server.
struct AppendOnlyFile {
    /// What changed in one step: the commands of one script, or one that stands alone.
    struct Step {
        /// Each with its name first.
        var commands: [[ArraySlice<UInt8>]]
        /// Where it begins in the last of the files.
        var start: Int
    }

    /// The last of the files, which the server still writes.
    let path: String
    /// What is in all files but the last.
    private let before: [UInt8]
    private let bytes: [UInt8]

    /// - Parameter folder: the server's folder.
    init(folder: String) throws {
        let folder = "\(folder)/appendonlydir"
        let manifest = try String(contentsOfFile: "\(folder)/appendonly.aof.manifest", encoding: .utf8)
        var names: [(name: String, sequence: Int, isBase: Bool)] = []
        for line in manifest.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count >= 6, let sequence = Int(words[3]) else {
                throw UnreadableStore(what: "a manifest with the line '\(line)'")
            }
            // What is history is about to be deleted.
            if words[5] != "h" { names.append((words[1], sequence, words[5] == "b")) }
        }
        names.sort { ($0.isBase ? 0 : 1, $0.sequence) < ($1.isBase ? 0 : 1, $1.sequence) }
        guard let last = names.popLast() else { throw UnreadableStore(what: "a manifest without a file") }
        path = "\(folder)/\(last.name)"
        before = try names.flatMap { try Array(Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0.name)"))) }
        bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// Hands over each step in order. What was written in part, as by a server that was killed, is left out, as the server
    /// leaves it out when it starts again.
    func read(_ body: (Step) throws -> Void) throws {
        for (place, bytes) in [before, bytes].enumerated() {
            var reader = Reader(bytes: bytes)
            while let step = try reader.step() {
                // Only in the last file is a place of use to anybody.
                try body(place == 0 ? Step(commands: step.commands, start: 0) : step)
            }
        }
    }
}

extension AppendOnlyFile {
    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        /// nil: the end, or a step that has none.
        mutating func step() throws -> Step? {
            let start = position
            guard let first = try command() else { return nil }
            guard Self.name(first) == "MULTI" else { return Step(commands: [first], start: start) }
            var commands: [[ArraySlice<UInt8>]] = []
            while let command = try command() {
                if Self.name(command) == "EXEC" { return Step(commands: commands, start: start) }
                commands.append(command)
            }
            return nil
        }

        private static func name(_ command: [ArraySlice<UInt8>]) -> String {
            guard let word = command.first, word.count <= 8 else { return "" }
            return String(decoding: word, as: UTF8.self).uppercased()
        }

        private mutating func command() throws -> [ArraySlice<UInt8>]? {
            // Remarks, as of the time.
            while position < bytes.count, bytes[position] == UInt8(ascii: "#") {
                guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
                position = end + 1
            }
            guard let count = try number(after: "*") else { return nil }
            var words: [ArraySlice<UInt8>] = []
            words.reserveCapacity(count)
            for _ in 0..<count {
                guard let length = try number(after: "$"), position + length + 2 <= bytes.count else { return nil }
                words.append(bytes[position..<position + length])
                position += length + 2
            }
            return words
        }

        private mutating func number(after mark: Unicode.Scalar) throws -> Int? {
            guard position < bytes.count else { return nil }
            guard bytes[position] == UInt8(ascii: mark) else {
                throw UnreadableStore(what: "an append-only file with a byte \(bytes[position]) at \(position)")
            }
            var value = 0
            var place = position + 1
            while place < bytes.count, bytes[place] != UInt8(ascii: "\r") {
                value = value * 10 + Int(bytes[place]) - 48
                place += 1
            }
            guard place + 2 <= bytes.count else { return nil }
            position = place + 2
            return value
        }
    }
}
