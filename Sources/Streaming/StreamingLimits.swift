/// How much of anything a server may send. Beyond a limit the connection ends with ``StreamingError/Code/limitExceeded``.
///
/// Payload has no limit: it is handed on in pieces, and a consumer that does not take it stops the reading.
public struct StreamingLimits: Sendable, Hashable {
    /// The head of the answer to the upgrade, in bytes, informational answers before it included.
    public var upgradeHead = 64 << 10
    /// How much of a refusal's body is kept, in bytes; the rest is left out, which is no error.
    public var refusalBody = 8 << 10
    /// A SPDY control frame, in bytes.
    public var controlFrame = 64 << 10
    /// A SPDY header block once it is decompressed, in bytes.
    public var headerBlock = 64 << 10
    /// Streams that a SPDY server tries to open towards us; each is refused.
    public var serverStreams = 100
    /// What a WebSocket frame says its length is, in bytes.
    public var webSocketFrame = 64 << 20
    /// WebSocket fragments without a byte, one after the other.
    public var emptyFragments = 64
    /// An error channel, in bytes.
    public var errorChannel = 64 << 10

    /// The defaults: far above what servers send.
    public init() {}

    /// The same with no size below zero.
    var usable: Self {
        var limits = self
        let sizes: [WritableKeyPath<Self, Int>] = [
            \.upgradeHead, \.refusalBody, \.controlFrame, \.headerBlock, \.serverStreams, \.webSocketFrame,
            \.emptyFragments, \.errorChannel,
        ]
        for size in sizes { limits[keyPath: size] = max(0, limits[keyPath: size]) }
        return limits
    }
}
