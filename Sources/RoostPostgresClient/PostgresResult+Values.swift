extension PostgresResult {
    /// From int2, int4 or int8, by the length of the value.
    package func int64(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 {
        try read(row, column, "integer of 64 bits") { (bytes) throws(PostgresError) in bytes.integer(Int64.self) }
    }

    package func int32(_ row: Int, _ column: Int) throws(PostgresError) -> Int32 {
        try read(row, column, "integer of 32 bits") { (bytes) throws(PostgresError) in bytes.integer(Int32.self) }
    }

    package func int16(_ row: Int, _ column: Int) throws(PostgresError) -> Int16 {
        try read(row, column, "integer of 16 bits") { (bytes) throws(PostgresError) in bytes.integer(Int16.self) }
    }

    package func bool(_ row: Int, _ column: Int) throws(PostgresError) -> Bool {
        try read(row, column, "boolean") { (bytes) throws(PostgresError) in bytes.count == 1 ? bytes[0] != 0 : nil }
    }

    package func text(_ row: Int, _ column: Int) throws(PostgresError) -> String {
        try read(row, column, "text") { (bytes) throws(PostgresError) in bytes.text }
    }

    package func id(_ row: Int, _ column: Int) throws(PostgresError) -> (high: UInt64, low: UInt64) {
        try read(row, column, "UUID") { (bytes) throws(PostgresError) in bytes.id }
    }

    package func optionalInt64(_ row: Int, _ column: Int) throws(PostgresError) -> Int64? {
        isNullHere(row, column) ? nil : try int64(row, column)
    }

    package func optionalInt32(_ row: Int, _ column: Int) throws(PostgresError) -> Int32? {
        isNullHere(row, column) ? nil : try int32(row, column)
    }

    package func optionalInt16(_ row: Int, _ column: Int) throws(PostgresError) -> Int16? {
        isNullHere(row, column) ? nil : try int16(row, column)
    }

    package func optionalBool(_ row: Int, _ column: Int) throws(PostgresError) -> Bool? {
        isNullHere(row, column) ? nil : try bool(row, column)
    }

    package func optionalText(_ row: Int, _ column: Int) throws(PostgresError) -> String? {
        isNullHere(row, column) ? nil : try text(row, column)
    }

    package func optionalId(_ row: Int, _ column: Int) throws(PostgresError) -> (high: UInt64, low: UInt64)? {
        isNullHere(row, column) ? nil : try id(row, column)
    }

    package func optionalBytes(_ row: Int, _ column: Int) -> [UInt8]? {
        isNull(row, column) ? nil : bytes(row, column)
    }

    /// A value that is missing is no NULL: reading it has to throw.
    private func isNullHere(_ row: Int, _ column: Int) -> Bool {
        row >= 0 && row < rowCount && column >= 0 && column < columnCount && isNull(row, column)
    }

    // MARK: Arrays

    package func int64s(_ row: Int, _ column: Int) throws(PostgresError) -> [Int64] {
        try elements(row, column, "array of integers") { $0?.integer(Int64.self) }
    }

    package func int32s(_ row: Int, _ column: Int) throws(PostgresError) -> [Int32] {
        try elements(row, column, "array of integers of 32 bits") { $0?.integer(Int32.self) }
    }

    package func texts(_ row: Int, _ column: Int) throws(PostgresError) -> [String?] {
        try elements(row, column, "array of texts") { bytes -> String?? in
            guard let bytes else { return .some(nil) }
            return bytes.text.map { .some($0) }
        }
    }

    package func ids(_ row: Int, _ column: Int) throws(PostgresError) -> [(high: UInt64, low: UInt64)] {
        try elements(row, column, "array of UUIDs") { $0?.id }
    }

    /// Those that are NULL are nil.
    package func optionalIds(_ row: Int, _ column: Int) throws(PostgresError) -> [(high: UInt64, low: UInt64)?] {
        try elements(row, column, "array of UUIDs") { bytes -> (high: UInt64, low: UInt64)?? in
            guard let bytes else { return .some(nil) }
            return bytes.id.map { .some($0) }
        }
    }

    package func bytesArrays(_ row: Int, _ column: Int) throws(PostgresError) -> [[UInt8]] {
        try elements(row, column, "array of bytes") { $0.map { Array($0) } }
    }

    private func elements<Element>(
        _ row: Int,
        _ column: Int,
        _ what: StaticString,
        _ element: (UnsafeRawBufferPointer?) -> Element?
    ) throws(PostgresError) -> [Element] {
        try read(row, column, what) { (bytes) throws(PostgresError) in bytes.arrayElements(element) }
    }
}

extension UnsafeRawBufferPointer {
    /// Of 2, 4 or 8 bytes; nil where it is of another length, or does not fit.
    func integer<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
        switch count {
        case 2: Number(exactly: Int16(bigEndian: loadUnaligned(as: Int16.self)))
        case 4: Number(exactly: Int32(bigEndian: loadUnaligned(as: Int32.self)))
        case 8: Number(exactly: Int64(bigEndian: loadUnaligned(as: Int64.self)))
        default: nil
        }
    }

    var text: String? { String(validating: self, as: UTF8.self) }

    var id: (high: UInt64, low: UInt64)? {
        guard count == 16 else { return nil }
        let high = UInt64(bigEndian: loadUnaligned(as: UInt64.self))
        return (high, UInt64(bigEndian: loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    /// The elements of an array of at most one dimension; nil where it is none, or an element is none.
    ///
    /// - Parameter element: is given nil for a NULL.
    func arrayElements<Element>(_ element: (UnsafeRawBufferPointer?) -> Element?) -> [Element]? {
        func number(at offset: Int) -> Int? {
            guard offset + 4 <= count else { return nil }
            return Int(Int32(bigEndian: loadUnaligned(fromByteOffset: offset, as: Int32.self)))
        }
        guard let dimensions = number(at: 0) else { return nil }
        if dimensions == 0 { return count == 12 ? [] : nil }
        // Each element has its length before it.
        guard dimensions == 1, let length = number(at: 12), length >= 0, 20 + 4 * length <= count else { return nil }
        var elements: [Element] = []
        elements.reserveCapacity(length)
        var offset = 20
        for _ in 0..<length {
            guard let size = number(at: offset), size >= -1 else { return nil }
            offset += 4
            guard size <= count - offset else { return nil }
            let bytes = size < 0 ? nil : UnsafeRawBufferPointer(rebasing: self[offset..<(offset + size)])
            guard let value = element(bytes) else { return nil }
            elements.append(value)
            offset += Swift.max(size, 0)
        }
        return offset == count ? elements : nil
    }
}
