import RoostCore
import Synchronization

/// The history of a run as it is made, in the order in which things happened.
package final class SimulationRecorder: Sendable {
    private struct State {
        var events: [HistoryEvent] = []
        var isClosed = false
    }

    let time: any TimeSource
    private let state = Mutex(State())

    init(time: any TimeSource) {
        self.time = time
    }

    /// The time as histories tell it.
    var at: Int64 { time.uptime.simulatedMicroseconds }

    var events: [HistoryEvent] { state.withLock { $0.events } }

    func note(_ event: HistoryEvent) {
        state.withLock { state in
            if !state.isClosed { state.events.append(event) }
        }
    }

    func note(_ change: HistoryEvent.ProcessEvent.Change, of process: Int32) {
        note(.process(.init(at: at, process: process, change: change)))
    }

    /// What comes from now on is not part of the history.
    func close() {
        state.withLock { $0.isClosed = true }
    }
}

extension Duration {
    var simulatedMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
