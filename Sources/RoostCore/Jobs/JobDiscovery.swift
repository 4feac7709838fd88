import CJobSection

/// One record of the linker section `roost_jobs`, as the macro `@Job` writes it: a mark, and a function that writes
/// the job's type where it is told.
///
/// A constant of this shape needs no code at start: the linker gathers them, and nothing has to list them.
public typealias JobRecord = (mark: UInt64, accessor: @convention(c) (UnsafeMutableRawPointer) -> Void)

/// Finds the jobs that `@Job` declared anywhere in the executable.
///
/// Not seen are jobs in a shared library, and those in a member of a static archive that nothing refers to: give
/// them to the worker by `jobs:`.
public enum JobDiscovery {
    /// What each record begins with, "roostjob" in ASCII: a section that another program's linker script mixed up is
    /// skipped, not called.
    public static let mark: UInt64 = 0x726F_6F73_746A_6F62

    /// The type of every job declared with `@Job`, in the order of the linker.
    public static func jobs() -> [any Job.Type] {
        guard let start = roost_job_section_start(), let end = roost_job_section_end() else { return [] }
        let count = start.distance(to: end) / MemoryLayout<JobRecord>.stride
        let records = UnsafeBufferPointer(start: start.assumingMemoryBound(to: JobRecord.self), count: count)
        return records.compactMap { record in
            guard record.mark == mark else { return nil }
            return withUnsafeTemporaryAllocation(of: (any Job.Type).self, capacity: 1) { buffer in
                guard let place = buffer.baseAddress else { return nil }
                record.accessor(UnsafeMutableRawPointer(place))
                return place.move()
            }
        }
    }
}

/// What the code that `@Job` writes calls at compile time to check a parameter's type.
public enum JobArgument {
    public static func check<Value: Codable & Sendable>(_: Value.Type) {}

    @_disfavoredOverload
    @available(*, unavailable, message: "a parameter of a job is stored, so its type must be Codable and Sendable")
    public static func check<Value>(_: Value.Type) {}
}

/// What the code that `@Job` writes awaits beside a call that may or may not need `await`.
@inlinable
public func _requiringAwait() async {}

/// What the code that `@Job` writes calls at compile time to check a function's return type.
public enum JobOutput {
    public static func check<Value: Codable & Sendable>(_: Value.Type) {}
    public static func check(_: Void.Type) {}

    @_disfavoredOverload
    @available(*, unavailable, message: "the output of a job is stored, so it must be Void, or Codable and Sendable")
    public static func check<Value>(_: Value.Type) {}
}
