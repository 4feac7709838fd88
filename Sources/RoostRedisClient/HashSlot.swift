/// Which of the 16,384 slots of a cluster a key is in.
enum HashSlot {
    /// - Parameter tag: what the key has between braces, which alone decides.
    static func of(_ tag: String) -> Int { Int(crc16(tag.utf8)) % 16_384 }

    /// CRC-16/XMODEM.
    private static func crc16(_ bytes: some Sequence<UInt8>) -> UInt16 {
        var sum: UInt16 = 0
        for byte in bytes {
            sum ^= UInt16(byte) << 8
            for _ in 0..<8 { sum = sum & 0x8000 == 0 ? sum << 1 : sum << 1 ^ 0x1021 }
        }
        return sum
    }
}
