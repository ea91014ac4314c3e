/// Bytes that depend on nothing but their number: the agent writes the same ones, so neither side has to send them.
public enum DeterministicBytes {
    /// SplitMix64, seeded by the number of bytes.
    public static func random(size: Int) -> [UInt8] {
        var state = UInt64(size)
        var result: [UInt8] = []
        result.reserveCapacity(size + 8)
        while result.count < size {
            state &+= 0x9e37_79b9_7f4a_7c15
            var word = state
            word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
            word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
            word ^= word >> 31
            withUnsafeBytes(of: word.littleEndian) { result.append(contentsOf: $0) }
        }
        result.removeLast(result.count - size)
        return result
    }

    /// The same byte again and again.
    public static func fill(_ byte: UInt8, size: Int) -> [UInt8] { [UInt8](repeating: byte, count: size) }
}
