/// What a queue and its workers take from the process beside their store: threads, chance and new ids.
///
/// Nothing else in the core starts a task that is no child of its caller's, or draws by chance, so that a simulation
/// that brings surroundings of its own decides all that happens.
package struct Surroundings: Sendable {
    /// Where all tasks run; nil: each kind of task where it is best off.
    package var executor: (any TaskExecutor)?
    /// A number from 0 up to 1.
    package var chance: @Sendable () -> Double
    package var ids: JobIDGenerator

    package init(
        executor: (any TaskExecutor)? = nil,
        chance: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        ids: JobIDGenerator = .shared
    ) {
        self.executor = executor
        self.chance = chance
        self.ids = ids
    }

    /// The executor for what is best off on a thread of its own.
    func thread(_ name: String) -> any TaskExecutor {
        executor ?? ThreadExecutor(name: name)
    }
}
