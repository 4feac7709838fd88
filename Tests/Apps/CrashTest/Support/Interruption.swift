import Foundation
import Synchronization

/// Whether somebody wants the run to end: then its processes are killed, and its disks unmounted, as at any failure.
enum Interruption {
    private static let isWanted = Atomic<Bool>(false)

    static func watch() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in Interruption.isWanted.store(true, ordering: .relaxed) }
        }
    }

    static func check() throws(Failure) {
        if isWanted.load(ordering: .relaxed) { throw Failure("interrupted") }
    }
}
