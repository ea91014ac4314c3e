internal import NIOCore

/// What a WebSocket frame is (RFC 6455 section 5.2).
enum WebSocketOpcode: UInt8, Sendable {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    /// Whether the frame is about the connection: short, never cut into fragments.
    var isControl: Bool { rawValue >= 8 }
}

/// A control frame, or a piece of a data frame.
enum WebSocketFrame: Hashable {
    /// A whole close, ping or pong.
    case control(WebSocketOpcode, ByteBuffer)
    /// A piece of a data frame, handed on as it comes.
    case data(WebSocketOpcode, ByteBuffer, startsFrame: Bool, endsFrame: Bool, isFinal: Bool)

    /// The most payload of a control frame.
    static let controlLimit = 125
}

/// Which end sends the frames: the client masks what it sends, the server does not (RFC 6455 section 5.1).
enum WebSocketRole: Sendable {
    case client
    case server
}
