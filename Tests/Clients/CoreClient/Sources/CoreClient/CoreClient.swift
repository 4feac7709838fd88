import RoostCore

struct Greet: Job {
    var name: String

    func run() async throws -> String { "Hello, \(name)!" }
}

@main
struct CoreClient {
    static func main() async throws {
        let queue = try await JobQueue(.memory)
        let worker = Worker(queue, jobs: [Greet.self])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            print(try await queue.enqueue(Greet(name: "Ada")).value())
            group.cancelAll()
        }
    }
}
