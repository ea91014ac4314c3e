import CAgent

/// SplitMix64, seeded by the number of bytes: the harness makes the same ones.
struct RandomBytes {
    private var state: UInt64
    private var left: Int

    init(count: Int) {
        state = UInt64(count)
        left = count
    }

    /// The next bytes, at most so many (a multiple of 8); `nil` at the end.
    mutating func next(_ limit: Int) -> Text? {
        guard left > 0 else { return nil }
        let count = left < limit ? left : limit
        var result: Text = []
        result.reserveCapacity(count + 8)
        while result.count < count {
            state &+= 0x9e37_79b9_7f4a_7c15
            var word = state
            word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
            word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
            word ^= word >> 31
            for shift in 0..<8 { result.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) }
        }
        result.removeLast(result.count - count)
        left -= count
        return result
    }
}
