import Foundation
import Logging
import RoostCore
import Testing

@testable import RoostCommands

@Suite struct LogFormatTests {
    private let time = Timestamp(microseconds: 1_795_453_740_123_000)

    private func line(_ format: LogFormat, _ message: String, _ metadata: Logger.Metadata = [:]) -> String {
        format.line(time: time, level: .warning, label: "roost", message: message, metadata: metadata)
    }

    @Test("a text line has its metadata sorted, and quotes what has spaces")
    func text() {
        #expect(
            line(.text, "it is late", ["slots": "4 tasks", "job": "7", "none": "", "quote": "a\"b"])
                == "\(time) warning roost: it is late job=7 none=\"\" quote=\"a\\\"b\" slots=\"4 tasks\"\n"
        )
    }

    @Test("no message and no value can forge a line or steer a terminal")
    func forging() {
        let text = line(.text, "a\nb\u{1B}[2J", ["key": "x\n2026 info roost: forged"])
        #expect(text.split(separator: "\n").dropFirst().allSatisfy { $0.hasPrefix("    ") })
        #expect(!text.contains("\u{1B}"))
        #expect(!line(.text, "a\u{9B}2J").unicodeScalars.contains("\u{9B}"))
    }

    @Test("a JSON line is one object on one line")
    func json() throws {
        let text = line(.json, "a \"b\"\n", ["list": ["1", "2"], "map": ["k": "v"], "number": .stringConvertible(3)])
        #expect(text.hasSuffix("\n"))
        #expect(text.count { $0 == "\n" } == 1)
        let value = try JSONParser.parse(text)
        #expect(value["time"] == .string(time.description))
        #expect(value["level"] == "warning")
        #expect(value["logger"] == "roost")
        #expect(value["message"] == "a \"b\"\n")
        #expect(value["metadata"] == ["list": ["1", "2"], "map": ["k": "v"], "number": "3"])
    }

    @Test("a log file is appended to, and opened again where it was moved away")
    func file() async throws {
        try await withFolder { folder in
            let path = "\(folder)/worker.log"
            try Data("before\n".utf8).write(to: URL(filePath: path))
            let sink = try LogSink(path: path)
            let logger = Logger(label: "roost") { label in
                LineLogHandler(label: label, level: .info, format: .text, sink: sink)
            }
            logger.info("one")
            logger.debug("too little to log")
            try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
            try sink.reopen()
            logger.info("two")
            let old = try String(contentsOfFile: path + ".1", encoding: .utf8).split(separator: "\n")
            let new = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            #expect(old.count == 2)
            #expect(old.first == "before")
            #expect(old.last?.hasSuffix("info roost: one") == true)
            #expect(new.count == 1)
        }
    }

    @Test("a log file that cannot be opened is named")
    func unwritable() {
        let error = #expect(throws: CommandError.self) { try LogSink(path: "/nowhere/at/all.log") }
        #expect(error?.description.contains("/nowhere/at/all.log") == true)
    }
}
