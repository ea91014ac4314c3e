internal import NIOCore

/// The nine bytes before every frame's payload (RFC 9113 section 4.1).
struct FrameHeader: Equatable {
    /// How long it is itself.
    static let size = 9

    /// How long the payload is.
    var length: Int
    var type: FrameType
    var flags: UInt8
    /// The stream, or 0 for the connection.
    var stream: UInt32

    init(_ type: FrameType, length: Int, flags: UInt8 = 0, stream: UInt32) {
        self.length = length
        self.type = type
        self.flags = flags
        self.stream = stream
    }

    /// Reads the header at an offset of the buffer's bytes.
    init?(_ buffer: ByteBuffer, at index: Int) {
        guard let word = buffer.getInteger(at: index, as: UInt64.self),
            let last = buffer.getInteger(at: index + 8, as: UInt8.self)
        else { return nil }
        length = Int(word >> 40)
        type = FrameType(rawValue: UInt8(truncatingIfNeeded: word >> 32))
        flags = UInt8(truncatingIfNeeded: word >> 24)
        // The reserved bit means nothing and is ignored.
        stream = (UInt32(truncatingIfNeeded: word << 8) | UInt32(last)) & 0x7fff_ffff
    }

    func has(_ flag: UInt8) -> Bool { flags & flag != 0 }

    /// Whether the stream's sender has nothing more to say after this frame.
    var endsStream: Bool { has(Flag.endStream) && (type == .data || type == .headers) }

    /// The flags this relay looks at.
    enum Flag {
        static let endStream: UInt8 = 0x1
        static let ack: UInt8 = 0x1
        static let endHeaders: UInt8 = 0x4
        static let padded: UInt8 = 0x8
        static let priority: UInt8 = 0x20
    }
}

/// What a frame is about; a type this relay does not know passes as it came (RFC 9113 section 5.5).
struct FrameType: RawRepresentable, Hashable {
    let rawValue: UInt8

    static let data = Self(rawValue: 0)
    static let headers = Self(rawValue: 1)
    static let priority = Self(rawValue: 2)
    static let reset = Self(rawValue: 3)
    static let settings = Self(rawValue: 4)
    static let pushPromise = Self(rawValue: 5)
    static let ping = Self(rawValue: 6)
    static let goAway = Self(rawValue: 7)
    static let windowUpdate = Self(rawValue: 8)
    static let continuation = Self(rawValue: 9)
}
