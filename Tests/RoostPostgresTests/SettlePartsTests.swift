import Foundation
import RoostCore
import Testing

@testable import RoostPostgres

@Suite("What one transaction settles")
struct SettlePartsTests {
    private func items(_ count: Int, megabytes: Int) -> ArraySlice<SettleItem> {
        let output = Data(count: megabytes << 20)
        return (0..<count).map { _ in
            SettleItem(job: JobID(), token: LeaseToken(1), end: .succeeded(output: output), startedAt: nil)
        }[...]
    }

    @Test("is all that there is, but for what is too many or too large")
    func parts() {
        #expect(PostgresStore.firstPart(of: items(0, megabytes: 0)).isEmpty)
        #expect(PostgresStore.firstPart(of: items(20, megabytes: 1)).count == 20)
        #expect(PostgresStore.firstPart(of: items(1001, megabytes: 0)).count == 1000)
        #expect(PostgresStore.firstPart(of: items(9, megabytes: 16)).count == 4)
        #expect(PostgresStore.firstPart(of: items(3, megabytes: 100)).count == 1)
    }
}
