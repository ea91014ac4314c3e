internal import NIOCore

/// Names one stream of a connection: a SPDY stream id, or a WebSocket channel.
struct StreamKey: Hashable, Sendable {
    let value: UInt32

    init(_ value: UInt32) { self.value = value }
}

/// What carries several streams over one connection: SPDY/3.1 or Kubernetes' channels over WebSocket.
///
/// A pure state machine: bytes go in, events and bytes come out, and somebody else does the reading and writing. After
/// an error it must not be asked again.
protocol Carrier {
    /// Takes bytes that came from the server.
    mutating func append(_ bytes: ByteBuffer)
    /// What the bytes mean, one thing at a time; `nil` when more must come first.
    mutating func next() throws(StreamingError) -> CarrierEvent?
    /// Why the end of the bytes at this point is wrong; `nil` when the server was done.
    var danglingReason: String? { get }

    /// Opens a stream; the server's answer comes as ``CarrierEvent/opened(_:)``, or as an end.
    mutating func open(_ headers: [SPDYHeader]) throws(StreamingError) -> (key: StreamKey, bytes: ByteBuffer)
    /// The bytes that carry a piece of a stream.
    mutating func data(_ piece: [UInt8], on key: StreamKey) throws(StreamingError) -> ByteBuffer
    /// The bytes that end our direction of a stream.
    mutating func finish(_ key: StreamKey) throws(StreamingError) -> ByteBuffer
    /// The bytes that give both directions of a stream up; empty when it is over already.
    mutating func reset(_ key: StreamKey) throws(StreamingError) -> ByteBuffer
    /// The bytes of a keep-alive.
    mutating func ping() -> ByteBuffer
    /// The bytes that take leave in an orderly way.
    mutating func farewell() -> ByteBuffer
}

/// What a server's bytes mean.
enum CarrierEvent: Hashable {
    /// The server took a stream, which can carry data from now on.
    case opened(StreamKey)
    /// A piece of a stream. WebSocket has messages, and says where one ends; SPDY has none.
    case data(StreamKey, ByteBuffer, endsMessage: Bool)
    /// The server's direction of a stream has ended; nothing more of it comes.
    case ended(StreamKey, StreamEnding)
    /// The server did not take the stream.
    case refused(StreamKey, StreamingError)
    /// The answer that the protocol demands to what came.
    case answer(ByteBuffer, AnswerKind)
    /// The server answered one of our keep-alives.
    case pong
    /// The server said goodbye; `isLast` when nothing may follow.
    case farewell(PeerFarewell, isLast: Bool)

    /// What is being answered.
    enum AnswerKind: Hashable { case ping, uninvitedStream, close }
}

/// How the server's direction of a stream ended.
public enum StreamEnding: Sendable, Hashable, CustomStringConvertible {
    /// It was finished: a SPDY frame with FIN, a CLOSE on WebSocket v5.
    case finished
    /// It was reset with CANCEL, which is how Kubernetes' SPDY servers end what is still open when a session is over.
    case cancelled
    /// The connection ended in an orderly way: a WebSocket Close, or a SPDY GOAWAY before the end.
    case connectionEnded

    /// The ending in words.
    public var description: String {
        switch self {
        case .finished: "finished"
        case .cancelled: "reset with CANCEL"
        case .connectionEnded: "ended with the connection"
        }
    }
}

/// How a server said goodbye.
public enum PeerFarewell: Sendable, Hashable, CustomStringConvertible {
    /// A SPDY GOAWAY with its status (0 is OK); streams after the last good one were not taken.
    case goAway(status: UInt32, lastGoodStream: UInt32)
    /// A WebSocket Close with its code (RFC 6455 section 7.4), if it had one, and its reason.
    case webSocketClose(code: UInt16?, reason: String)

    /// The farewell in words.
    public var description: String {
        switch self {
        case .goAway(let status, let last): "SPDY GOAWAY status \(status), last good stream \(last)"
        case .webSocketClose(let code, let reason):
            "WebSocket Close \(code.map { "\($0)" } ?? "without a code")\(reason.isEmpty ? "" : ": \(reason)")"
        }
    }

    /// What it means for streams that it leaves unfinished; `nil` when it is an orderly end.
    var failure: StreamingError? {
        switch self {
        case .goAway(status: 0, lastGoodStream: _), .webSocketClose(code: nil, reason: _),
            .webSocketClose(code: 1_000, reason: _), .webSocketClose(code: 1_001, reason: _):
            nil
        default: StreamingError(.connectionLost, "the server ended the connection with \(self)")
        }
    }
}
