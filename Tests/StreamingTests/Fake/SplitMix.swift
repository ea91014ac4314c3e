import NIOCore

@testable import Streaming

/// A random generator that a seed determines.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: some BinaryInteger) { state = UInt64(truncatingIfNeeded: seed) }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: .min ... .max, using: &self) } }

    /// The bytes in pieces of random lengths, the first lengths small.
    mutating func cut(_ bytes: [UInt8], longest: Int = 40) -> [ByteBuffer] {
        var rest = bytes[...]
        var pieces: [ByteBuffer] = []
        while !rest.isEmpty {
            let piece = rest.prefix(.random(in: 1...longest, using: &self))
            rest = rest.dropFirst(piece.count)
            pieces.append(ByteBuffer(bytes: piece))
        }
        return pieces
    }
}

/// Bytes written as hexadecimal digits; white space does not count.
func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// The error that an expression throws, if it is one of ours.
func code(_ body: () throws -> Void) -> StreamingError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? StreamingError)?.code
    }
}
