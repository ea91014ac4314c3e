/// Bytes that depend on nothing but their number: the agent writes the same ones, so neither side has to send them.
public enum DeterministicBytes {
    /// SplitMix64, seeded by the number of bytes.
    public static func random(size: Int) -> [UInt8] {
        var source = RandomPieces(size: size)
        var result: [UInt8] = []
        result.reserveCapacity(size)
        while let piece = source.next(1 << 16) { result += piece }
        return result
    }

    /// The same byte again and again.
    public static func fill(_ byte: UInt8, size: Int) -> [UInt8] { [UInt8](repeating: byte, count: size) }
}

/// Random bytes piece by piece, for more of them than should be in memory at once.
public struct RandomPieces: Sendable {
    private var state: UInt64
    private var left: Int

    /// Begins the bytes of this number.
    public init(size: Int) {
        state = UInt64(size)
        left = size
    }

    /// The next bytes; `nil` at the end.
    ///
    /// - Parameter limit: the most there may be, a multiple of 8.
    public mutating func next(_ limit: Int) -> [UInt8]? {
        guard left > 0 else { return nil }
        let count = min(left, limit)
        left -= count
        return [UInt8](unsafeUninitializedCapacity: (count + 7) / 8 * 8) { buffer, filled in
            var offset = 0
            while offset < count {
                state &+= 0x9e37_79b9_7f4a_7c15
                var word = state
                word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
                word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
                word ^= word >> 31
                for shift in 0..<8 { buffer[offset + shift] = UInt8(truncatingIfNeeded: word >> UInt64(8 * shift)) }
                offset += 8
            }
            filled = count
        }
    }
}
