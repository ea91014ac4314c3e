/// The server's direction of a stream: the bytes in pieces as they come.
///
/// For one consumer. What is not taken is held up to ``StreamingOptions/receiveBuffer`` bytes for the whole connection;
/// then nothing more is read from it, of this stream **or any other**. So every output must be consumed, or given up with
/// ``discard()``.
public struct StreamOutput: AsyncSequence, Sendable {
    /// Some bytes, never empty.
    public typealias Element = [UInt8]
    /// What a stream can fail with, after the bytes that came before.
    public typealias Failure = StreamingError

    private let connection: StreamConnection
    private let key: StreamKey
    private let queue: InboundQueue

    init(_ connection: StreamConnection, _ key: StreamKey, _ queue: InboundQueue) {
        self.connection = connection
        self.key = key
        self.queue = queue
    }

    /// How the server ended it; `nil` while it has not, and when it broke.
    public var ending: StreamEnding? { queue.ending }

    /// Throws away what is held and what will come.
    public func discard() { queue.discard() }

    /// Tells the server that nothing more is wanted of the stream, in either direction: RST_STREAM with CANCEL.
    ///
    /// - Throws: ``StreamingError/Code/notPossible`` over WebSocket.
    public func reset() async throws(StreamingError) { try await connection.giveUp(key) }

    /// All bytes to the end, or the first `limit` of them; the rest is discarded.
    ///
    /// - Throws: like the iterator; what came before the error is lost.
    public func collect(upTo limit: Int) async throws(StreamingError) -> [UInt8] {
        var all: [UInt8] = []
        while all.count < limit, let bytes = try await queue.next() { all += bytes.prefix(limit - all.count) }
        if all.count >= limit { discard() }
        return all
    }

    /// Takes the pieces one after the other.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let queue: InboundQueue

        /// The next bytes; `nil` at the end.
        ///
        /// - Throws: ``StreamingError/Code/connectionLost`` when the connection broke or ended in the middle,
        ///   ``StreamingError/Code/streamReset``, ``StreamingError/Code/closed`` after a drop,
        ///   ``StreamingError/Code/protocolViolation``, ``StreamingError/Code/limitExceeded``,
        ///   ``StreamingError/Code/cancelled``.
        public mutating func next() async throws(StreamingError) -> [UInt8]? { try await queue.next() }

        /// The next bytes; `nil` at the end.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(StreamingError) -> [UInt8]? {
            try await queue.next()
        }
    }

    /// An iterator over what has not been taken.
    public func makeAsyncIterator() -> Iterator { Iterator(queue: queue) }
}
