import Foundation
import RoostTesting
import Testing

@testable import RoostCore

@Suite("JobID")
struct JobIDTests {
    /// A generator whose clock the test sets, and whose random bits are all ones.
    private func generator(at milliseconds: Box<UInt64>) -> JobIDGenerator {
        JobIDGenerator(milliseconds: { milliseconds.value }, random: { .max })
    }

    private func time(of id: JobID) -> UInt64 { id.high >> 16 }
    private func count(of id: JobID) -> UInt64 { id.high & 0xFFF }

    // MARK: Layout

    @Test("an id begins with the time in milliseconds")
    func beginsWithTime() {
        let id = generator(at: Box(0x0123_4567_89AB)).next()
        #expect(id.description.hasPrefix("01234567-89ab-"))
    }

    @Test("an id has version 7 and the variant of RFC 9562, whatever the random bits", arguments: [0, UInt64.max])
    func versionAndVariant(random: UInt64) {
        let id = JobIDGenerator(milliseconds: { 1 }, random: { random }).next()
        #expect(id.high >> 12 & 0xF == 7)
        #expect(id.low >> 62 == 0b10)
    }

    @Test("all of the last 62 bits are random")
    func randomBits() {
        #expect(JobIDGenerator(milliseconds: { 1 }, random: { 0 }).next().low == 0x8000_0000_0000_0000)
        #expect(JobIDGenerator(milliseconds: { 1 }, random: { .max }).next().low == 0xBFFF_FFFF_FFFF_FFFF)
    }

    @Test("a time past 48 bits does not touch the version")
    func timeIsCut() {
        #expect(generator(at: Box(.max)).next().high == 0xFFFF_FFFF_FFFF_7000)
    }

    // MARK: Order of making

    @Test("ids made within one millisecond rise by a count")
    func countsWithinMillisecond() {
        let generator = generator(at: Box(5))
        #expect((0..<3).map { _ in count(of: generator.next()) } == [0, 1, 2])
    }

    @Test("the count begins anew with each millisecond")
    func countBeginsAnew() {
        let clock = Box<UInt64>(5)
        let generator = generator(at: clock)
        _ = (generator.next(), generator.next())
        clock.value = 6
        #expect(count(of: generator.next()) == 0)
    }

    @Test("when the count overflows, the id's clock runs ahead by a millisecond")
    func countOverflows() {
        let generator = generator(at: Box(5))
        let ids = (0...4096).map { _ in generator.next() }
        #expect(time(of: ids[4095]) == 5)
        #expect(time(of: ids[4096]) == 6)
        #expect(count(of: ids[4096]) == 0)
    }

    @Test("ids go on rising while the id's clock is ahead of the real one")
    func risesWhileAhead() {
        let clock = Box<UInt64>(5)
        let generator = generator(at: clock)
        var last = generator.next()
        for step in 0..<10_000 {
            if step == 5000 { clock.value = 6 }
            let id = generator.next()
            #expect(last < id)
            last = id
        }
    }

    @Test("ids go on rising when the clock goes back")
    func clockGoesBack() {
        let clock = Box<UInt64>(500)
        let generator = generator(at: clock)
        let before = generator.next()
        clock.value = 3
        let after = generator.next()
        #expect(before < after)
        #expect(time(of: after) == 500)
    }

    @Test("ids of the shared generator rise, from many tasks too, and none comes twice")
    func sharedGenerator() async {
        let ids = await withTaskGroup(of: [JobID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2000).map { _ in JobID() } } }
            var all: [JobID] = []
            for await some in group {
                #expect(zip(some, some.dropFirst()).allSatisfy { $0 < $1 })
                all += some
            }
            return all
        }
        #expect(Set(ids).count == 16_000)
    }

    // MARK: Forms

    private static func ids(_ count: Int) -> [JobID] {
        var generator = SeededRandom(seed: 7)
        return (0..<count).map { _ in JobID(high: generator.next(), low: generator.next()) }
            + [JobID(high: 0, low: 0), JobID(high: .max, low: .max), JobID(high: 0, low: .max)]
    }

    @Test("an id is printed as a UUID is, in lower case")
    func prints() {
        let id = JobID(high: 0x019A_B3C4_5D6E_7F80, low: 0x9A1B_2C3D_4E5F_6071)
        #expect(id.description == "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071")
    }

    @Test("what an id prints is read as the same id, in either case, with hyphens or without")
    func printsAndReads() {
        for id in Self.ids(200) {
            #expect(JobID(id.description) == id)
            #expect(JobID(id.description.uppercased()) == id)
            #expect(JobID(id.description.filter { $0 != "-" }) == id)
        }
    }

    @Test(
        "what is not an id is not read as one",
        arguments: [
            "", "-", "garbage", "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f607", "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f60711",
            "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f607g", " 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
            "{019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071}", "019ab3c4+5d6e+7f80+9a1b+2c3d4e5f6071",
            "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f607\u{FF11}", "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071\0",
            "é19ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
        ]
    )
    func refusesGarbage(text: String) {
        #expect(JobID(text) == nil)
    }

    @Test(
        "hyphens stand in their four places or nowhere",
        arguments: [
            "019ab3c45d6e-7f80-9a1b-2c3d4e5f6071", "-019ab3c45d6e7f809a1b2c3d4e5f6071",
            "01-9ab3c45d6e7f809a1b2c3d4e5f6071",
            "019ab3c4-5d6e-7f80-9a1b2c3d4e5f6071-", "019ab3c4--5d6e7f80-9a1b-2c3d4e5f6071",
            "019ab3c45d6e7f809a1b2c3d4e5f6071----",
        ]
    )
    func refusesMisplacedHyphens(text: String) {
        #expect(JobID(text) == nil)
    }

    @Test("random text is never read as an id and never traps", arguments: 0..<20 as Range<UInt64>)
    func refusesNoise(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        for _ in 0..<100 {
            let length = Int.random(in: 0...40, using: &generator)
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(JobID(String(decoding: bytes, as: UTF8.self)) == nil)
        }
    }

    @Test("an id is made again from its bytes")
    func bytesRoundTrip() {
        for id in Self.ids(200) { #expect(JobID(bytes: id.bytes) == id) }
    }

    @Test("the bytes are sixteen, most significant first")
    func bytesOrder() {
        let id = JobID(high: 0x0001_0203_0405_0607, low: 0x0809_0A0B_0C0D_0E0F)
        #expect(id.bytes == Array(0...15))
    }

    @Test("another number of bytes is no id", arguments: [0, 1, 15, 17, 32])
    func refusesOtherLengths(count: Int) {
        #expect(JobID(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }

    @Test("ids are ordered as their bytes are, and as their texts")
    func orderIsByteOrder() {
        let ids = Self.ids(200)
        for (left, right) in zip(ids, ids.shuffled()) {
            #expect((left < right) == left.bytes.lexicographicallyPrecedes(right.bytes))
            #expect((left < right) == (left.description < right.description))
        }
    }

    @Test("an id is coded as its text")
    func codesAsText() throws {
        let id = JobID(high: 0x019A_B3C4_5D6E_7F80, low: 0x9A1B_2C3D_4E5F_6071)
        let data = try JSONEncoder().encode([id])
        #expect(String(decoding: data, as: UTF8.self) == #"["019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071"]"#)
        #expect(try JSONDecoder().decode([JobID].self, from: data) == [id])
    }

    @Test("decoding what is no id says so", arguments: [#"["nonsense"]"#, "[7]", "[null]"])
    func decodingGarbageThrows(json: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([JobID].self, from: Data(json.utf8))
        }
    }
}
