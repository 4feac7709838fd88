import Testing

@testable import RoostPostgresClient

@Suite(.timeLimit(.minutes(2))) struct ValueTests {
    @Test("values of every type come back as they were sent")
    func scalars() async throws {
        let client = try await PostgresClient()
        let result = try await client.value("SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9::text, $10, $11, $12") {
            $0.append(Int64.min)
            $0.append(Int32.max)
            $0.append(Int16(-2))
            $0.append(true)
            $0.append("grüße 🐓")
            $0.append(bytes: [0, 1, 255])
            $0.append(id: (0x0102_0304_0506_0708, UInt64.max))
            $0.append(text: "4.5", oid: 1700)
            $0.append(text: "a\\b", oid: 0)
            $0.append("")
            $0.append(bytes: [UInt8]())
            $0.append(bytes: "ab".utf8)
        }
        #expect((result.rowCount, result.columnCount, result.affectedRows) == (1, 12, 1))
        #expect(try result.int64(0, 0) == Int64.min)
        #expect(try result.int64(0, 1) == Int64(Int32.max))
        #expect(try result.int32(0, 1) == Int32.max)
        #expect(try result.int16(0, 2) == -2)
        #expect(try result.bool(0, 3))
        #expect(try result.text(0, 4) == "grüße 🐓")
        #expect(result.bytes(0, 5) == [0, 1, 255])
        #expect(try result.id(0, 6) == (0x0102_0304_0506_0708, UInt64.max))
        #expect(result.columnType(7) == 1700)
        #expect(try result.text(0, 8) == "a\\b")
        #expect(try result.optionalText(0, 9) == "")
        #expect(!result.isNull(0, 10) && result.bytes(0, 10).isEmpty)
        #expect(result.bytes(0, 11) == Array("ab".utf8))
        let id = try await client.sql("SELECT '01020304-0506-0708-ffff-ffffffffffff'::uuid AS id")[0]
        #expect(try id.id(0, 0) == (0x0102_0304_0506_0708, 0xFFFF_FFFF_FFFF_FFFF))
        #expect(id.columnName(0) == "id" && id.columnIndex(named: "id") == 0 && id.columnIndex(named: "x") == nil)
    }

    @Test("NULL is nil")
    func nulls() async throws {
        let client = try await PostgresClient()
        let result = try await client.value("SELECT $1, $2, $3, $4, $5, $6, $7, $8::text, $9") {
            $0.append(Int64?.none)
            $0.append(Int32?.none)
            $0.append(Int16?.none)
            $0.append(Bool?.none)
            $0.append(String?.none)
            $0.append(bytes: [UInt8]?.none)
            $0.append(id: nil)
            $0.append(text: nil, oid: 0)
            $0.appendNull(.int8)
        }
        for column in 0..<9 { #expect(result.isNull(0, column)) }
        #expect(try result.optionalInt64(0, 0) == nil)
        #expect(try result.optionalInt32(0, 1) == nil)
        #expect(try result.optionalInt16(0, 2) == nil)
        #expect(try result.optionalBool(0, 3) == nil)
        #expect(try result.optionalText(0, 4) == nil)
        #expect(result.optionalBytes(0, 5) == nil)
        #expect(try result.optionalId(0, 6) == nil)
    }

    @Test("arrays come back, empty ones and nulls in them too")
    func arrays() async throws {
        let client = try await PostgresClient()
        let result = try await client.value("SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9") {
            $0.appendArray(of: .int8) { for number in [1, -2, Int64.max] { $0.append(number) } }
            $0.appendArray(of: .int4) { $0.append(Int32(7)) }
            $0.appendArray(of: .text) {
                $0.append("a")
                $0.append(String?.none)
                $0.append("")
            }
            $0.appendArray(of: .uuid) { $0.append(id: (1, 2)) }
            $0.appendArray(of: .bytea) {
                $0.append(bytes: [0, 255])
                $0.append(bytes: [UInt8]())
            }
            $0.appendArray(of: .int8) { _ in }
            $0.appendArray(of: .text) { _ in }
            $0.appendArray(of: .int2) { $0.append(Int16(3)) }
            $0.appendArray(of: .bool) {
                $0.append(true)
                $0.appendNull()
            }
        }
        #expect(try result.int64s(0, 0) == [1, -2, Int64.max])
        #expect(try result.int32s(0, 1) == [7])
        #expect(try result.texts(0, 2) == ["a", nil, ""])
        #expect(try result.ids(0, 3).map { [$0.high, $0.low] } == [[1, 2]])
        #expect(try result.bytesArrays(0, 4) == [[0, 255], []])
        #expect(try result.int64s(0, 5).isEmpty)
        #expect(try result.texts(0, 6).isEmpty)
        #expect(try result.int32s(0, 7) == [3])
        #expect(PostgresElement.allCases.map(\.arrayOID).count == Set(PostgresElement.allCases.map(\.arrayOID)).count)
        let unnested = try await client.value("SELECT * FROM unnest($1, $2)") {
            $0.appendArray(of: .int8) { for number in 1...1000 { $0.append(Int64(number)) } }
            $0.appendArray(of: .text) { for number in 1...1000 { $0.append("\(number)") } }
        }
        #expect(unnested.rowCount == 1000)
        #expect(try unnested.text(999, 1) == "1000")
    }

    @Test("the oids are those of the server")
    func oids() async throws {
        let client = try await PostgresClient()
        for element in PostgresElement.allCases {
            let result = try await client.sql(
                "SELECT '\(element)'::regtype::oid::int8, '\(element)[]'::regtype::oid::int8"
            )
            #expect(try result[0].int64(0, 0) == Int64(element.oid))
            #expect(try result[0].int64(0, 1) == Int64(element.arrayOID))
        }
    }

    @Test("a megabyte goes both ways, also many times and beside others")
    func large() async throws {
        let client = try await PostgresClient()
        let bytes = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        try await withThrowingTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    let result = try await client.value("SELECT $1, repeat('x', 4000000), $1") {
                        $0.append(bytes: bytes)
                    }
                    #expect(result.bytes(0, 0) == bytes)
                    #expect(try result.text(0, 1).utf8.count == 4_000_000)
                    #expect(result.withBytes(0, 2) { $0.elementsEqual(bytes) })
                }
            }
            try await group.waitForAll()
        }
        // All is written before the last is read.
        let query = PostgresQuery("SELECT $1", parameters(bytes))
        let results = try await client.run(Array(repeating: query, count: 12))
        #expect(results.allSatisfy { $0.bytes(0, 0).count == bytes.count })
    }

    private func parameters(_ bytes: [UInt8]) -> PostgresParameters {
        var parameters = PostgresParameters()
        parameters.append(bytes: bytes)
        return parameters
    }

    @Test("what has another shape throws, and never traps")
    func shapes() async throws {
        let client = try await PostgresClient()
        let result = try await client.sql(
            """
            SELECT 5000000000, NULL::int8, 'a', true, ARRAY[1, NULL]::int8[], ARRAY[[1, 2]]::int8[], ''::text,
                2.5::numeric
            """
        )[0]
        func expectUnexpected(_ body: () throws -> Void) {
            do {
                try body()
                Issue.record("it threw nothing")
            } catch {
                guard case .unexpectedAnswer = error as? PostgresError else {
                    Issue.record("\(error)")
                    return
                }
            }
        }
        expectUnexpected { _ = try result.int32(0, 0) }
        expectUnexpected { _ = try result.int64(0, 1) }
        expectUnexpected { _ = try result.int64(0, 2) }
        expectUnexpected { _ = try result.int64(1, 0) }
        expectUnexpected { _ = try result.int64(0, 99) }
        expectUnexpected { _ = try result.optionalInt64(-1, 0) }
        expectUnexpected { _ = try result.text(0, -1) }
        expectUnexpected { _ = try result.id(0, 0) }
        expectUnexpected { _ = try result.bool(0, 0) }
        expectUnexpected { _ = try result.int64s(0, 4) }
        expectUnexpected { _ = try result.int64s(0, 5) }
        for column in 0..<8 where column != 4 { expectUnexpected { _ = try result.texts(0, column) } }
        #expect(result.isNull(7, 7) && result.bytes(7, 7).isEmpty && result.columnType(-1) == 0)
        #expect(result.columnName(99) == "")
    }

    @Test("an array that lies about itself is none")
    func malformed() {
        func read(_ numbers: [Int32]) -> [Int64]? {
            numbers.map(\.bigEndian).withUnsafeBytes { bytes in
                bytes.arrayElements { $0?.integer(Int64.self) }
            }
        }
        #expect(read([1, 0, 23, 1, 1, 4, 9]) == [9])
        #expect(read([0, 0, 23]) == [])
        #expect(read([]) == nil)
        #expect(read([1, 0, 23, 1]) == nil)
        #expect(read([1, 0, 23, Int32.max, 1, 4, 9]) == nil)
        #expect(read([1, 0, 23, -1, 1]) == nil)
        #expect(read([1, 0, 23, 1, 1, Int32.max, 9]) == nil)
        #expect(read([1, 0, 23, 1, 1, -2, 9]) == nil)
        #expect(read([1, 0, 23, 1, 1, 4, 9, 9]) == nil)
        #expect(read([2, 0, 23, 1, 1, 1, 1, 4, 9]) == nil)
    }

    @Test("a text with a zero byte is an error, as parameter and in SQL")
    func zeroBytes() async throws {
        let client = try await PostgresClient()
        #expect(await failure { _ = try await client.value("SELECT $1") { $0.append("a\u{0}b") } }?.state == "22021")
        let text = await failure {
            _ = try await client.value("SELECT $1::text") { $0.append(text: "a\u{0}b", oid: 0) }
        }
        #expect(text?.state == "22021")
        #expect(await failure { try await client.sql("SELECT 1\u{0}; nonsense") }?.state == "22021")
        #expect(try await client.number("SELECT 1") == 1)
    }
}
