public import RoostCore

/// The promises of ``/RoostCore/JobStore`` as cases that run on any store: a type that passes all of them is a store.
///
/// With Swift Testing:
///
/// ```swift
/// @Test(arguments: StoreConformance.cases)
/// func conforms(_ rule: StoreConformance.Case) async throws {
///     try await rule.run(on: StoreConformance.Subject { time in try await MyStore(time: time) })
/// }
/// ```
///
/// Each case gets a store of its own, empty, that reads a ``TestTimeSource``. The numbers in the names are those of the
/// rules in ``/RoostCore/JobStore`` and of the invariants in Documentation/decisions/0001-store-contract.md.
public enum StoreConformance {
    /// How to make the stores that are put to the test.
    public struct Subject: Sendable {
        let makeStore: @Sendable (TestTimeSource) async throws -> any JobStore
        let reopen: (@Sendable (any JobStore, TestTimeSource) async throws -> any JobStore)?

        /// - Parameters:
        ///   - makeStore: makes an empty store on the given time.
        ///   - reopen: opens the data of a store once more, as another process would; nil: the store has no such thing,
        ///     and cases about it are passed over.
        public init(
            makeStore: @escaping @Sendable (TestTimeSource) async throws -> any JobStore,
            reopen: (@Sendable (any JobStore, TestTimeSource) async throws -> any JobStore)? = nil
        ) {
            self.makeStore = makeStore
            self.reopen = reopen
        }
    }

    /// One promise, with the code that puts it to the test.
    public struct Case: Sendable, CustomStringConvertible {
        /// The promise as a sentence: `a late settle changes nothing (rule 7, invariant 3)`.
        public let name: String
        let body: @Sendable (StoreBench) async throws -> Void

        init(_ name: String, _ body: @escaping @Sendable (StoreBench) async throws -> Void) {
            self.name = name
            self.body = body
        }

        public var description: String { name }

        /// - Throws: ``ConformanceFailure`` where the store breaks the promise, or what the store threw.
        public func run(on subject: Subject) async throws {
            let time = TestTimeSource()
            let store = try await subject.makeStore(time)
            do {
                let worker = try await store.register(WorkerRegistration(name: "suite", kinds: ["work"]))
                try await body(StoreBench(store: store, time: time, worker: worker, reopen: subject.reopen))
            } catch {
                await store.close()
                throw error
            }
            await store.close()
        }
    }

    /// All cases. Their order means nothing.
    public static let cases: [Case] = [
        enqueueCases, laneCases, scheduleCases, verdictCases, leaseCases, settleCases, counterCases, crashCases,
        graphCases, graphLimitCases, additionCases, uniqueCases, cancelCases, actionCases, lookingCases, changesCases,
        houseCases, robustnessCases,
    ].flatMap { $0 }
}

/// A store broke a promise.
public struct ConformanceFailure: Error, Sendable, CustomStringConvertible {
    public let message: String
    public let fileID: String
    public let line: Int

    public var description: String { "\(fileID):\(line): \(message)" }
}
