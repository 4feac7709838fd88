import Foundation
import RoostCore
import RoostTesting
import Testing

@Suite("A history in files", .timeLimit(.minutes(1)))
struct HistoryLinesTests {
    private static let job = JobID(high: 1, low: 2)

    private static let events: [HistoryEvent] = [
        .call(
            .init(
                client: "c",
                call: 1,
                at: 1,
                jobs: [.init(id: job, kind: "Mail", unique: "k\n\"")],
                edges: [.init(parent: job, child: JobID(high: 3, low: 4), condition: .always)]
            )
        ),
        .transition(.init(number: 1, at: 2, job: job, kind: "Mail", from: nil, to: .ready)),
        .reply(.init(client: "c", call: 1, at: 3, answer: .ok, duplicates: [.init(job: job, holder: job)])),
        .worker(.init(number: 2, at: 4, worker: 1, process: 42, change: .registered)),
        .lease(.init(number: 3, at: 5, token: 1, worker: 1, change: .made, until: 99)),
        .body(.init(at: 6, process: 42, worker: 1, job: job, attempt: 1, phase: .effect)),
        .action(.init(number: 4, at: 7, kind: .cancel, job: nil)),
        .process(.init(at: 8, process: 42, change: .died)),
        .observed(.init(at: 9, client: "c", job: job, state: .cancelled)),
        .finding(.init(at: 10, query: "two rows", row: "1|2")),
    ]

    @Test("is read as it was written")
    func roundTrip() throws {
        let folder = try Folder()
        let path = folder.file("one")
        do {
            let writer = try HistoryWriter(path: path)
            for event in Self.events { try writer.append(event) }
        }
        #expect(try History(files: [path]) == History(events: Self.events))
        let whole = History(events: Self.events, final: [.init(id: Self.job, kind: "Mail", state: .failed, token: 7)])
        try whole.write(to: folder.file("whole"))
        #expect(try History(files: [folder.file("whole")]) == whole)
    }

    @Test("is one of all its files, in time")
    func merged() throws {
        let folder = try Folder()
        for (name, picked) in [
            ("odd", Self.events.filter { $0.at % 2 == 1 }), ("even", Self.events.filter { $0.at % 2 == 0 }),
        ] {
            let writer = try HistoryWriter(path: folder.file(name))
            for event in picked { try writer.append(event) }
        }
        #expect(try History(files: [folder.file("even"), folder.file("odd")]).events == Self.events)
    }

    @Test("may end in half a line, and is continued behind the last whole one")
    func halfLine() throws {
        let folder = try Folder()
        let path = folder.file("killed")
        do {
            let writer = try HistoryWriter(path: path)
            try writer.append(Self.events[0])
        }
        let line = try Data(contentsOf: URL(filePath: path))
        try (line + line.dropLast(3)).write(to: URL(filePath: path))
        #expect(try History(files: [path]).events == [Self.events[0]])
        do {
            let writer = try HistoryWriter(path: path)
            try writer.append(Self.events[1])
        }
        #expect(try History(files: [path]).events == [Self.events[0], Self.events[1]])
    }

    @Test("is refused where any other line is no event", arguments: ["{}", "{\"body\":{}}", "{\"body\"", ""])
    func badLine(_ line: String) throws {
        let folder = try Folder()
        let path = folder.file("bad")
        do {
            let writer = try HistoryWriter(path: path)
            try writer.append(Self.events[0])
        }
        let good = try Data(contentsOf: URL(filePath: path))
        try (Data("\(line)\n".utf8) + good).write(to: URL(filePath: path))
        let error = #expect(throws: HistoryError.self) { try History(files: [path]) }
        #expect(error?.message.contains("line 1 of") == true)
    }

    @Test("is written by one process alone")
    func locked() throws {
        let folder = try Folder()
        let writer = try HistoryWriter(path: folder.file("mine"))
        #expect(throws: HistoryError.self) { try HistoryWriter(path: folder.file("mine")) }
        try writer.append(Self.events[0])
    }

    @Test("takes events from many tasks at once")
    func tasks() async throws {
        let folder = try Folder()
        let path = folder.file("many")
        let writer = try HistoryWriter(path: path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<100 {
                        try writer.append(.process(.init(at: Int64(number), process: Int32(task), change: .started)))
                    }
                }
            }
            try await group.waitForAll()
        }
        let read = try History(files: [path])
        #expect(read.events.count == 800)
        for task in 0..<8 {
            let times = read.events.compactMap { event -> Int64? in
                guard case .process(let event) = event, event.process == Int32(task) else { return nil }
                return event.at
            }
            #expect(times == Array(0..<100))
        }
    }
}

/// A folder that is gone with the test.
private final class Folder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "roost-history-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    func file(_ name: String) -> String { url.appending(path: name).path }
}
