public import Roost

nonisolated struct Parcel: Codable, Sendable {
    var weight: Int
}

// What a job needs where no actor is: default values, options and scopes.
nonisolated let heaviest = 30
var counter = 0

@Job(queue: "parcels")
public func deliver(to address: String, times: Int = 1, context: JobContext) async throws -> Int {
    counter += 1
    return times
}

@Job func weigh(parcel: Parcel, limit: Int = heaviest) -> Bool { parcel.weight <= limit }
@Job nonisolated func offTheMainActor(a: Int?) -> Int? { a }
@Job @concurrent func concurrently(a: Int) async -> Int { a }

enum Depot {
    nonisolated static let name = "depot"

    @Job(queue: name) static func count() throws -> Int { counter }
}

final class Truck {
    @Job static func drive(miles: Int) { counter += miles }
}

@Job struct Sweep: Job {
    var rooms: Int = 1

    func run() async throws -> Int { rooms }
}

nonisolated struct Gate: JobScope {
    @concurrent func run<Result: Sendable>(_ body: @concurrent (Int) async throws -> Result) async throws -> Result {
        try await body(1)
    }
}

nonisolated let gate = Gate()

@Job(within: gate) func pass(name: String, within opened: Int) -> Int { opened }

func uses(parcel: JobInput<Parcel>) {
    _ = ($deliver(to: "a"), $weigh.with(parcel: parcel), $weigh(parcel: Parcel(weight: 3)), Truck.$drive(miles: 2))
}
