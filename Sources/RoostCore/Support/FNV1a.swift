/// The hash FNV-1a, 64 bits (draft-eastlake-fnv): the same in every process, unlike `Hasher`.
enum FNV1a {
    static func hash(_ bytes: some Sequence<UInt8>, basis: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
        bytes.reduce(basis) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// Two hashes with different starts.
    static func hash128(_ bytes: some Sequence<UInt8>) -> (UInt64, UInt64) {
        (hash(bytes), hash(bytes, basis: 0x9E37_79B9_7F4A_7C15))
    }
}
