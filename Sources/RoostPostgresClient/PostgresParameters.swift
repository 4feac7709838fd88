/// Parameters of a statement, in the binary format and in one buffer.
package struct PostgresParameters: Sendable {
    private struct Place: Sendable {
        var start: Int
        /// -1: NULL.
        var length: Int
        var isText = false
    }

    private var buffer = WireBuffer()
    private var places: [Place] = []
    private(set) var types: [UInt32] = []
    /// Why they cannot be sent.
    private(set) var problem: PostgresServerError?

    package init() {}

    package var count: Int { places.count }

    private mutating func append(_ type: UInt32, isNull: Bool = false, _ write: (inout WireBuffer) -> Void) {
        let start = buffer.count
        if !isNull { write(&buffer) }
        let length = buffer.count - start
        if length > Int(Int32.max) { problem = .tooLong }
        places.append(Place(start: start, length: isNull ? -1 : length))
        types.append(type)
    }

    private mutating func append<Value>(
        _ type: PostgresElement,
        _ value: Value?,
        _ write: (inout WireBuffer, Value) -> Void
    ) {
        append(type.oid, isNull: value == nil) { buffer in
            if let value { write(&buffer, value) }
        }
    }

    package mutating func append(_ value: Int64?) { append(.int8, value) { $0.put($1) } }

    package mutating func append(_ value: Int32?) { append(.int4, value) { $0.put($1) } }

    package mutating func append(_ value: Int16?) { append(.int2, value) { $0.put($1) } }

    package mutating func append(_ value: Bool?) { append(.bool, value) { $0.put($1) } }

    package mutating func append(_ value: String?) { append(.text, value) { $0.put($1) } }

    package mutating func append(bytes: (some Collection<UInt8>)?) { append(.bytea, bytes) { $0.put(bytes: $1) } }

    package mutating func append(id: (high: UInt64, low: UInt64)?) { append(.uuid, id) { $0.put(id: $1) } }

    package mutating func appendNull(_ type: PostgresElement) { append(type.oid, isNull: true) { _ in } }

    package mutating func appendNull(array element: PostgresElement) { append(element.arrayOID, isNull: true) { _ in } }

    /// An array of one dimension.
    package mutating func appendArray(of element: PostgresElement, _ fill: (inout ArrayBuilder) -> Void) {
        append(element.arrayOID) { buffer in
            var builder = ArrayBuilder(element, in: buffer)
            // Else it would be copied at the first write.
            buffer = WireBuffer()
            fill(&builder)
            buffer = builder.finished()
        }
    }

    /// A value in the text format, for statements that are not the caller's own.
    ///
    /// - Parameter oid: the type; 0: what the server finds it to be.
    package mutating func append(text: String?, oid: UInt32) {
        append(oid, isNull: text == nil) { $0.put(text ?? "") }
        places[places.count - 1].isText = true
        guard let text else { return }
        // It ends at the first zero byte.
        if text.utf8.contains(0) { problem = .zeroByte }
        buffer.put(false)
    }

    // MARK: For libpq

    struct Pointers {
        var count: Int32
        var types: UnsafePointer<UInt32>?
        var values: UnsafePointer<UnsafePointer<CChar>?>?
        var lengths: UnsafePointer<Int32>?
        var formats: UnsafePointer<Int32>?
    }

    func withPointers<Result>(_ body: (Pointers) -> Result) -> Result {
        guard count > 0 else { return body(Pointers(count: 0)) }
        return buffer.bytes.withUnsafeBytes { bytes in
            types.withUnsafeBufferPointer { types in
                withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
                    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * count) { numbers in
                        // A pointer that is nil is NULL, so an empty value must not be.
                        let base = bytes.baseAddress ?? UnsafeRawPointer(numbers.baseAddress)
                        for (index, place) in places.enumerated() {
                            let start = base?.advanced(by: place.start).assumingMemoryBound(to: CChar.self)
                            values.initializeElement(at: index, to: place.length < 0 ? nil : start)
                            numbers.initializeElement(at: index, to: Int32(clamping: max(place.length, 0)))
                            numbers.initializeElement(at: count + index, to: place.isText ? 0 : 1)
                        }
                        let lengths = numbers.baseAddress
                        return body(
                            Pointers(
                                count: Int32(clamping: count),
                                types: types.baseAddress,
                                values: UnsafePointer(values.baseAddress),
                                lengths: UnsafePointer(lengths),
                                formats: UnsafePointer(lengths?.advanced(by: count))
                            )
                        )
                    }
                }
            }
        }
    }
}

extension PostgresServerError {
    /// As the server says it.
    static let zeroByte = PostgresServerError(state: "22021", message: "a text holds a zero byte")
    static let tooLong = PostgresServerError(state: "54000", message: "a parameter is longer than 2 GiB")
    static let tooMany = PostgresServerError(state: "54000", message: "a statement has more than 65535 parameters")
}
