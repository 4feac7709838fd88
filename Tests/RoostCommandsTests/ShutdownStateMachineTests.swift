import Testing

@testable import RoostCommands

@Suite struct ShutdownStateMachineTests {
    @Test("the first signal drains, the second stops, and a third is not ours")
    func signals() {
        var machine = ShutdownStateMachine(grace: .seconds(25))
        #expect(!machine.isEnding)
        #expect(machine.deadline == nil)
        #expect(machine.signalled(now: .seconds(10)) == .drain)
        #expect(machine.isEnding)
        #expect(machine.deadline == .seconds(35) + ShutdownStateMachine.patience)
        #expect(machine.signalled(now: .seconds(12)) == .stop)
        #expect(machine.deadline == .seconds(12) + ShutdownStateMachine.patience)
        #expect(machine.signalled(now: .seconds(12)) == .none)
    }

    @Test("jobs that outlast the grace and their cancel are abandoned, once")
    func abandons() {
        var machine = ShutdownStateMachine(grace: .seconds(1))
        #expect(machine.passed(now: .seconds(100)) == .none)
        _ = machine.signalled(now: .zero)
        #expect(machine.passed(now: .seconds(1)) == .none)
        #expect(machine.passed(now: .seconds(3)) == .abandon)
        #expect(machine.deadline == nil)
        #expect(machine.passed(now: .seconds(4)) == .none)
        #expect(machine.signalled(now: .seconds(4)) == .none)
    }

    @Test("a second signal does not wait for the grace")
    func hurries() {
        var machine = ShutdownStateMachine(grace: .seconds(3600))
        _ = machine.signalled(now: .zero)
        _ = machine.signalled(now: .seconds(1))
        #expect(machine.passed(now: .seconds(2)) == .none)
        #expect(machine.passed(now: .seconds(3)) == .abandon)
    }
}
