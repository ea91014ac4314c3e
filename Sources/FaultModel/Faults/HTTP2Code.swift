/// An error code of HTTP/2, as RST_STREAM and GOAWAY carry it (RFC 9113 section 7); peers may send numbers that have
/// no name.
public struct HTTP2Code: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The number on the wire.
    public let rawValue: UInt32

    /// Creates a code of any number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The code of this name, `REFUSED_STREAM`; `nil` when there is none.
    public init?(name: String) {
        guard let index = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: UInt32(index))
    }

    /// Its name; `CODE_99` for a number that has none.
    public var description: String {
        let index = Int(rawValue)
        return Self.names.indices.contains(index) ? Self.names[index] : "CODE_\(rawValue)"
    }

    /// The names RFC 9113 gives, in the order of their numbers.
    public static let names = [
        "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
        "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
    ]

    /// Nothing is wrong.
    public static let noError = Self(rawValue: 0)
    /// The peer broke the protocol.
    public static let protocolError = Self(rawValue: 1)
    /// The sender of the code failed.
    public static let internalError = Self(rawValue: 2)
    /// More was sent than the windows allow.
    public static let flowControlError = Self(rawValue: 3)
    /// The stream was not begun; gRPC clients may send the call again.
    public static let refusedStream = Self(rawValue: 7)
    /// The stream is not wanted any more.
    public static let cancel = Self(rawValue: 8)
    /// The peer is too busy with this one.
    public static let enhanceYourCalm = Self(rawValue: 11)
}
