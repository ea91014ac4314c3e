import NIOCore

/// Bytes that look random, cannot be compressed and are always the same for the same seed.
struct Filler: Sendable, Hashable {
    /// Where the sequence begins.
    let seed: UInt64
    /// How many bytes there are.
    let count: Int

    /// Filler whose bytes differ for each text.
    init(seed text: String, count: Int) {
        // FNV-1a: spreads texts over seeds; nothing depends on its strength.
        seed = text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        self.count = count
    }

    /// Writes the bytes at the end of a buffer.
    func write(into buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            var state = seed
            var offset = 0
            while offset < count {
                withUnsafeBytes(of: Self.next(&state).littleEndian) { word in
                    let length = min(word.count, count - offset)
                    UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + length])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: word[..<length]))
                    offset += length
                }
            }
            return count
        }
    }

    /// SplitMix64.
    private static func next(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
