public import NIOCore

/// One input: its first byte chooses a mode, the rest is what a server sends.
public struct FuzzInput {
    /// The first byte.
    public let mode: UInt8
    /// The rest.
    public let bytes: [UInt8]

    /// Reads libFuzzer's buffer.
    public init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        let all = Array(UnsafeBufferPointer(start: start, count: count))
        mode = all.first ?? 0
        bytes = Array(all.dropFirst())
    }

    /// The bytes as one read.
    public var whole: [ByteBuffer] { [ByteBuffer(bytes: bytes)] }

    /// The bytes in reads of lengths that the mode and the bytes themselves determine.
    public var cut: [ByteBuffer] {
        var rest = bytes[...]
        var pieces: [ByteBuffer] = []
        var state = UInt32(mode) &+ 1
        while !rest.isEmpty {
            state = state &* 1_664_525 &+ 1_013_904_223 &+ UInt32(rest.first ?? 0)
            let piece = rest.prefix(1 + Int(state >> 24) % 23)
            rest = rest.dropFirst(piece.count)
            pieces.append(ByteBuffer(bytes: piece))
        }
        return pieces
    }
}
