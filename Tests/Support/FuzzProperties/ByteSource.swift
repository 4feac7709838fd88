/// Reads values out of the bytes that a fuzzer makes up. At their end there are zeros.
struct ByteSource {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: some Collection<UInt8>) {
        self.bytes = Array(bytes)[...]
    }

    var isEmpty: Bool { bytes.isEmpty }

    mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

    mutating func bool() -> Bool { byte() & 1 == 1 }

    mutating func int64() -> Int64 { (0..<8).reduce(0) { number, _ in number << 8 | Int64(byte()) } }

    /// A number of either a few bits or all of them: limits lie near zero and at the ends.
    mutating func int() -> Int {
        switch byte() % 4 {
        case 0: Int(byte())
        case 1: -Int(byte())
        case 2: Int(int64())
        default: [Int.max, Int.min, 0, 1, Int(Int32.max), Int(Int32.min)][Int(byte()) % 6]
        }
    }

    mutating func double() -> Double { Double(bitPattern: UInt64(bitPattern: int64())) }

    mutating func duration() -> Duration {
        switch byte() % 4 {
        case 0: .milliseconds(Int(byte()))
        case 1: .seconds(int64())
        case 2: Duration(secondsComponent: int64(), attosecondsComponent: 0)
        default: .microseconds(int64())
        }
    }

    mutating func take(_ count: Int) -> [UInt8] {
        let taken = Array(bytes.prefix(count))
        bytes.removeFirst(taken.count)
        return taken
    }

    mutating func text() -> String { String(decoding: take(Int(byte() % 32)), as: UTF8.self) }

    mutating func rest() -> [UInt8] { take(bytes.count) }
}
