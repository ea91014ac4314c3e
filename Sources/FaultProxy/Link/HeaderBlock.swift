internal import NIOCore

/// A header block under way: HEADERS or PUSH_PROMISE and the CONTINUATION frames after it (RFC 9113 section 4.3).
struct HeaderBlock {
    /// Larger blocks are not decoded any more (relay-contract 15).
    static let limit = 1 << 20

    /// The first frame's header.
    let header: FrameHeader
    /// What stands before the block in its first frame and is kept when it is written anew: a priority or the
    /// promised stream.
    let prefix: ByteBuffer
    /// The block itself.
    private(set) var fragment: ByteBuffer
    /// The frames as they came, for a block that is kept until it is whole; `nil` for one whose frames pass meanwhile.
    private(set) var frames: ByteBuffer?

    /// Begins a block; `nil` for a frame whose padding or priority does not fit in it.
    ///
    /// - Parameter frame: the frame as it came, for a block that is to be kept.
    init?(_ header: FrameHeader, payload: ByteBuffer, kept frame: ByteBuffer?) {
        var payload = payload
        var padding = 0
        if header.has(FrameHeader.Flag.padded) {
            guard let length = payload.readInteger(as: UInt8.self) else { return nil }
            padding = Int(length)
        }
        let prefixLength = header.type == .pushPromise ? 4 : (header.has(FrameHeader.Flag.priority) ? 5 : 0)
        guard let prefix = payload.readSlice(length: prefixLength), padding <= payload.readableBytes,
            let fragment = payload.readSlice(length: payload.readableBytes - padding)
        else { return nil }
        self.header = header
        self.prefix = prefix
        self.fragment = fragment
        frames = frame
    }

    /// Takes in a CONTINUATION frame. `false` when the block has become too large.
    mutating func append(payload: ByteBuffer, frame: ByteBuffer) -> Bool {
        guard fragment.readableBytes + payload.readableBytes <= Self.limit,
            // Frames without a byte of the block are some too.
            (frames?.readableBytes ?? 0) + frame.readableBytes <= 2 * Self.limit
        else { return false }
        fragment.writeImmutableBuffer(payload)
        frames?.writeImmutableBuffer(frame)
        return true
    }

    /// The stream the fields are for: for PUSH_PROMISE the one it comes on.
    var stream: UInt32 { header.stream }

    /// The flags that stay when the block is written anew: padding goes.
    var flags: UInt8 { header.flags & ~FrameHeader.Flag.padded }
}
