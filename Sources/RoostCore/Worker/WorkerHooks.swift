import Synchronization

/// Functions that a worker calls beside its jobs, in the order in which they were added.
final class WorkerHooks: Sendable {
    enum Function: Sendable {
        case startup(@Sendable (Slot) async throws -> Void)
        case shutdown(@Sendable (Slot) async throws -> Void)
        case preExecute(@Sendable (JobContext) async throws -> Void)
        case postExecute(@Sendable (JobContext, Result<any Sendable, any Error>) async throws -> Void)

        fileprivate var isAroundJobs: Bool {
            switch self {
            case .startup, .shutdown: false
            case .preExecute, .postExecute: true
            }
        }

        fileprivate var place: Int {
            switch self {
            case .startup: 0
            case .shutdown: 1
            case .preExecute: 2
            case .postExecute: 3
            }
        }
    }

    struct Hook: Sendable {
        let id: Int
        let name: String
        let function: Function
    }

    private struct State {
        var nextID = 0
        var hooks: [Hook] = []
    }

    private let state = Mutex(State())
    /// Whether there is any that is called for each job; read for each, so it is not behind the lock.
    private let areAroundJobs = Atomic(false)

    /// Adds a hook; one of the same kind and name is replaced in its place.
    func add(_ function: Function, name: String?) -> WorkerHook {
        change { state in
            state.nextID += 1
            let hook = Hook(id: state.nextID, name: name ?? "hook \(state.nextID)", function: function)
            if let name,
                let index = state.hooks.firstIndex(where: { $0.name == name && $0.function.place == function.place })
            {
                state.hooks[index] = hook
            } else {
                state.hooks.append(hook)
            }
            return WorkerHook(id: hook.id, name: hook.name, hooks: self)
        }
    }

    func remove(_ id: Int) -> Bool {
        change { state in
            let before = state.hooks.count
            state.hooks.removeAll { $0.id == id }
            return state.hooks.count < before
        }
    }

    func remove(named name: String) -> Bool {
        change { state in
            let before = state.hooks.count
            state.hooks.removeAll { $0.name == name }
            return state.hooks.count < before
        }
    }

    var all: [Hook] { state.withLock { $0.hooks } }

    /// All hooks, if any of them is called for each job.
    var aroundJobs: [Hook] { areAroundJobs.load(ordering: .acquiring) ? all : [] }

    private func change<Result>(_ body: (inout State) -> Result) -> Result {
        state.withLock { state in
            defer { areAroundJobs.store(state.hooks.contains { $0.function.isAroundJobs }, ordering: .releasing) }
            return body(&state)
        }
    }
}

/// A hook that is in place, until it is removed.
public struct WorkerHook: Sendable {
    let id: Int
    /// The name it was added under, or one that was made for it.
    public let name: String
    let hooks: WorkerHooks

    /// Calls the hook no more.
    ///
    /// - Returns: whether it was in place.
    @discardableResult
    public func remove() -> Bool {
        hooks.remove(id)
    }
}
