import Testing

/// Each on a server of its own, with producers and workers that go on meanwhile (`FaultRun`).
@Suite("A Postgres server that fails", .serialized, .timeLimit(.minutes(5)))
struct FaultTests {}
