import Logging
import Synchronization

/// A value of which every slot of a worker has its own: a connection, a parser, a model.
///
/// ```swift
/// let database = WorkerLocal { try await Connection.open(url) } close: { await $0.close() }
///
/// @Job(within: database)
/// func checkComment(id: Int, within db: Connection) async throws -> Bool { … }
/// ```
///
/// It is opened once per slot: at the slot's start if a job that the worker runs names it in `within:`, or the
/// worker is given it (`locals:`), otherwise at its first use in the slot. It is closed when the slot ends. If it broke
/// (`isUsable` says so) or was closed by ``discard()``, it is opened again at its next use.
///
/// The value need not be `Sendable`: it belongs to the job that runs in the slot, for as long as it runs, and the
/// compiler keeps it from escaping. Outside a worker every use throws ``WorkerLocalError``.
public final class WorkerLocal<Value>: AnyWorkerLocal {
    private let open: @Sendable () async throws -> sending Value
    private let close: @Sendable (sending Value) async throws -> Void
    private let isUsable: @Sendable (borrowing Value) -> Bool

    /// - Parameters:
    ///   - open: makes the slot's value. What it throws fails the job that needed it; at the slot's start it is logged,
    ///     and tried again at the first use.
    ///   - isUsable: asked before each use; if it answers false the value is closed and opened again.
    ///   - close: called with the value when the slot ends.
    public init(
        open: @escaping @Sendable () async throws -> sending Value,
        isUsable: @escaping @Sendable (borrowing Value) -> Bool = { _ in true },
        close: @escaping @Sendable (sending Value) async throws -> Void = { _ in }
    ) {
        self.open = open
        self.close = close
        self.isUsable = isUsable
    }

    /// The same, for `WorkerLocal { … } close: { … }`.
    public convenience init(
        _ open: @escaping @Sendable () async throws -> sending Value,
        close: @escaping @Sendable (sending Value) async throws -> Void = { _ in }
    ) {
        self.init(open: open, isUsable: { _ in true }, close: close)
    }

    /// Gives up the value of this slot, so that the next use opens a new one: for a job that found it broken.
    ///
    /// It is closed at once, or, where it is in use further out (by the `within:` of the job itself), before its next use.
    ///
    /// - Throws: ``WorkerLocalError`` outside a worker.
    @concurrent public func discard() async throws {
        let (_, box) = try place()
        box.isDiscarded.store(true, ordering: .releasing)
        guard box.tryAcquire() == .free else { return }
        defer { box.release() }
        if box.isDiscarded.exchange(false, ordering: .acquiring) { await closeValue(of: box) }
    }

    private static var valueName: String { "\(Value.self)" }

    private func place() throws -> (Slot, SlotBox) {
        guard let slot = Slot.current, let box = slot.box(of: self) else {
            throw WorkerLocalError.outsideWorker(Self.valueName)
        }
        return (slot, box)
    }

    /// Takes the box, and opens its value if there is none that can be used. The caller gives it back.
    ///
    /// - Returns: false where the box is held further out, and was not taken.
    @concurrent private func acquire(_ box: SlotBox, in slot: Slot) async throws -> Bool {
        // `open` itself would wait for its own end.
        if OpeningLocals.current.contains(ObjectIdentifier(self)) { throw WorkerLocalError.inUse(Self.valueName) }
        guard await box.acquire() else { return false }
        do {
            try await openValue(of: box, in: slot)
        } catch {
            box.release()
            throw error
        }
        return true
    }

    /// Opens the value if there is none that can be used. The caller has the box.
    @concurrent private func openValue(of box: SlotBox, in slot: Slot) async throws {
        let isDiscarded = box.isDiscarded.exchange(false, ordering: .acquiring)
        if let value = box.value as? Value {
            if !isDiscarded, isUsable(value) { return }
            await closeValue(of: box)
        }
        let opening = OpeningLocals.current + [ObjectIdentifier(self)]
        try await OpeningLocals.$current.withValue(opening) { box.value = try await open() }
        box.opened = slot.nextOpened()
    }

    /// Closes the value if there is one. The caller has the box.
    @concurrent private func closeValue(of box: SlotBox) async {
        guard let value = box.value else { return }
        box.value = nil
        // Proof: the box held the only reference, and the caller has the box.
        nonisolated(unsafe) let last = value
        guard let last = last as? Value else { return }
        do {
            try await close(last)
        } catch {
            // A value that cannot be closed in order is gone all the same; it must not stop the slot.
            let logger = JobContext.current?.logger ?? box.logger
            logger.error(
                "a worker-local value did not close",
                metadata: ["value": "\(Self.valueName)", "error": "\(error)"]
            )
        }
    }

    // MARK: AnyWorkerLocal

    @concurrent func openIfNeeded(in slot: Slot) async throws {
        guard let box = slot.box(of: self), try await acquire(box, in: slot) else { return }
        box.release()
    }

    @concurrent func close(_ box: SlotBox) async {
        guard await box.acquire() else {
            return box.logger.error(
                "a worker-local value is in use after its slot ended, and is not closed",
                metadata: ["value": "\(Self.valueName)"]
            )
        }
        defer { box.release() }
        await closeValue(of: box)
    }
}

extension WorkerLocal: JobScope {
    /// Runs `body` with the value of this slot, opened if need be.
    ///
    /// - Throws: ``WorkerLocalError`` outside a worker, and inside a `run` of the same local: two holders of one value
    ///   that is not `Sendable` cannot be.
    @concurrent public func run<Result: Sendable>(
        _ body: @concurrent (Value) async throws -> Result
    ) async throws -> Result {
        let (slot, box) = try place()
        guard try await acquire(box, in: slot) else { throw WorkerLocalError.inUse(Self.valueName) }
        defer { box.release() }
        box.hold()
        guard let value = box.value as? Value else { throw WorkerLocalError.outsideWorker(Self.valueName) }
        return try await body(value)
    }
}

extension WorkerLocal where Value: Sendable {
    /// The value of this slot, opened if need be. May be asked anywhere in a job, also inside `within:` of the same, and by
    /// several of its tasks at once.
    ///
    /// - Throws: ``WorkerLocalError`` outside a worker; what opening it throws.
    public var current: Value {
        get async throws {
            let (slot, box) = try place()
            while true {
                if try await acquire(box, in: slot) {
                    defer { box.release() }
                    guard let value = box.value as? Value else { throw WorkerLocalError.outsideWorker(Self.valueName) }
                    return value
                }
                // Held further out, by `within:`; the value is Sendable, so it may be shared.
                if let value = box.heldValue as? Value { return value }
            }
        }
    }
}

/// The locals whose value this task is opening, outermost first.
private enum OpeningLocals {
    @TaskLocal static var current: [ObjectIdentifier] = []
}

/// Any ``WorkerLocal``, whatever its value.
protocol AnyWorkerLocal: AnyObject, Sendable {
    /// Opens the value of `slot`, unless it is there.
    @concurrent func openIfNeeded(in slot: Slot) async throws
    /// Closes the value in `box`, if there is one.
    @concurrent func close(_ box: SlotBox) async
}

/// A ``WorkerLocal`` was used where there is none.
public enum WorkerLocalError: Error, Equatable, CustomStringConvertible {
    /// No slot runs this code.
    case outsideWorker(String)
    /// The value is held by a `run`, or a `within:`, further out in the same job, or is being opened there.
    case inUse(String)

    public var description: String {
        switch self {
        case .outsideWorker(let value):
            """
            the worker-local \(value) was used outside a worker: it has a value only in code that a slot runs (a job, \
            a hook), and not in a Task.detached { }, or after its slot has ended
            """
        case .inUse(let value):
            "the worker-local \(value) is already in use further out in the same job, by within: or run"
        }
    }
}
