import AllFeatures
import FoundationEssentials
import MainActorDefault
import Roost

@Job func inExecutable(a: Int, b: Int = 2, c: Int? = 5, d: Int?) -> [Int?] { [a, b, c, d] }

/// What an older version of the function stored, and what this one stores, as this one reads it.
func decoded(_ payload: String) async throws -> String {
    "\(try await JSONDecoder().decode($inExecutable.self, from: Data(payload.utf8)).run())"
}

for kind in JobDiscovery.jobs().map({ $0.kind }).sorted() {
    print("kind", kind)
}
print("decoded", try await decoded(#"{"a": 1}"#))
print("decoded", try await decoded(#"{"a": 1, "b": 3, "c": null, "d": null}"#))
let stored = try JSONEncoder().encode($inExecutable(a: 1, c: nil, d: 4))
print("decoded", try await decoded(String(decoding: stored, as: UTF8.self)))
print("options", $sendLetter.options.retries, $voidJob.kind, Mailer.$send.aliases)
print("place", $inExecutable.sourceLocation.map { "\($0)" } ?? "unknown")
print(
    "ran",
    try await Mailer.$send(3).run() ?? 0,
    try await Mailer.$inPublicExtension(id: 2).run(),
    try await Cleanup(days: 2).run()
)
