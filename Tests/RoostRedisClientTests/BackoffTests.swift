import Testing

@testable import RoostRedisClient

@Suite struct BackoffTests {
    @Test(
        "the bound doubles up to the cap, and chance decides below it",
        arguments: [
            (1, 1.0, 50), (2, 1.0, 100), (3, 1.0, 200), (7, 1.0, 3200), (8, 1.0, 5000), (1000, 1.0, 5000),
            (1, 0.0, 0), (3, 0.5, 100), (8, 0.25, 1250), (0, 1.0, 50),
        ]
    )
    func delays(failure: Int, chance: Double, milliseconds: Int) {
        let delay = ReconnectBackoff.connection.delay(afterFailure: failure, chance: chance)
        #expect(delay == .milliseconds(milliseconds))
    }
}
