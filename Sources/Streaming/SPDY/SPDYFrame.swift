internal import NIOCore

/// A frame of SPDY/3.1, or a piece of one (draft-mbelshe-httpbis-spdy-00, section 2.2; 3.1 adds a connection-wide
/// WINDOW_UPDATE on stream 0).
enum SPDYFrame: Hashable {
    /// Opens a stream; the block is compressed.
    case synStream(id: UInt32, flags: SPDYFlags, block: ByteBuffer)
    /// Answers a SYN_STREAM; the block is compressed.
    case synReply(id: UInt32, flags: SPDYFlags, block: ByteBuffer)
    case rstStream(id: UInt32, status: SPDYStatus)
    case settings([SPDYSetting])
    case ping(UInt32)
    /// The sender takes no streams after the last good one.
    case goAway(lastGood: UInt32, status: UInt32)
    /// More headers on an open stream; the block is compressed.
    case headers(id: UInt32, flags: SPDYFlags, block: ByteBuffer)
    case windowUpdate(id: UInt32, delta: UInt32)
    /// Bytes of a stream. The decoder hands a DATA frame on in pieces, as they come: only the last one can be final.
    case data(id: UInt32, bytes: ByteBuffer, isFinal: Bool)
    /// A control frame of a type that the draft tells to ignore.
    case unknown(type: UInt16)

    /// The protocol version in every control frame.
    static let version: UInt16 = 3
    /// The bytes before the payload of any frame.
    static let headerLength = 8
    /// Stream ids, and the length of a frame, in the bits that are theirs.
    static let idMask: UInt32 = 0x7fff_ffff
    static let lengthMask: UInt32 = 0x00ff_ffff

    /// The types of control frames.
    enum Kind: UInt16 {
        case synStream = 1
        case synReply = 2
        case rstStream = 3
        case settings = 4
        case ping = 6
        case goAway = 7
        case headers = 8
        case windowUpdate = 9
    }
}

/// The flags of a frame, section 2.2.
struct SPDYFlags: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    /// The sender's last frame on the stream: a half-close.
    static let fin = Self(rawValue: 1)
    /// On SYN_STREAM: the receiver will send nothing.
    static let unidirectional = Self(rawValue: 2)
}

/// One entry of a SETTINGS frame, section 2.6.4.
struct SPDYSetting: Hashable, Sendable {
    /// The flags in the upper 8 bits, the id in the lower 24, as version 3 has them.
    let key: UInt32
    let value: UInt32
}

/// The status of a RST_STREAM, section 2.6.3.
struct SPDYStatus: Hashable, Sendable, CustomStringConvertible {
    let rawValue: UInt32

    static let protocolError = Self(rawValue: 1)
    static let refusedStream = Self(rawValue: 3)
    /// What Kubernetes' servers reset their streams with when a session is over.
    static let cancel = Self(rawValue: 5)

    private static let names = [
        "PROTOCOL_ERROR", "INVALID_STREAM", "REFUSED_STREAM", "UNSUPPORTED_VERSION", "CANCEL", "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR", "STREAM_IN_USE", "STREAM_ALREADY_CLOSED", "INVALID_CREDENTIALS", "FRAME_TOO_LARGE",
    ]

    var description: String {
        (1...UInt32(Self.names.count)).contains(rawValue) ? Self.names[Int(rawValue) - 1] : "status \(rawValue)"
    }
}
