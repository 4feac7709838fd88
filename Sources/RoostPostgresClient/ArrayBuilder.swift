extension PostgresParameters {
    /// Writes the elements of an array. They are of the type that the array was begun with; others the server refuses.
    package struct ArrayBuilder: Sendable {
        private var buffer: WireBuffer
        private let start: Int
        private var count: Int32 = 0
        private var hasNull = false

        init(_ element: PostgresElement, in buffer: consuming WireBuffer) {
            start = buffer.count
            self.buffer = buffer
            self.buffer.put(Int32(0))
            self.buffer.put(Int32(0))
            self.buffer.put(element.oid)
            self.buffer.put(Int32(0))
            self.buffer.put(Int32(1))
        }

        private mutating func append<Value>(_ value: Value?, _ write: (inout WireBuffer, Value) -> Void) {
            count += 1
            guard let value else {
                hasNull = true
                buffer.put(Int32(-1))
                return
            }
            buffer.put(Int32(0))
            let begin = buffer.count
            write(&buffer, value)
            buffer.replace(at: begin - 4, by: Int32(clamping: buffer.count - begin))
        }

        package mutating func append(_ value: Int64?) { append(value) { $0.put($1) } }

        package mutating func append(_ value: Int32?) { append(value) { $0.put($1) } }

        package mutating func append(_ value: Int16?) { append(value) { $0.put($1) } }

        package mutating func append(_ value: Bool?) { append(value) { $0.put($1) } }

        package mutating func append(_ value: String?) { append(value) { $0.put($1) } }

        package mutating func append(bytes: (some Collection<UInt8>)?) { append(bytes) { $0.put(bytes: $1) } }

        package mutating func append(id: (high: UInt64, low: UInt64)?) { append(id) { $0.put(id: $1) } }

        package mutating func appendNull() { append(Int64?.none) }

        consuming func finished() -> WireBuffer {
            guard count > 0 else {
                // An empty array has no dimension.
                buffer.truncate(to: start + 12)
                return buffer
            }
            buffer.replace(at: start, by: 1)
            buffer.replace(at: start + 4, by: hasNull ? 1 : 0)
            buffer.replace(at: start + 12, by: count)
            return buffer
        }
    }
}
