/// Our direction of a stream: bytes towards the runtime.
public struct StreamInput: Sendable {
    private let connection: StreamConnection
    private let key: StreamKey

    init(_ connection: StreamConnection, _ key: StreamKey) {
        self.connection = connection
        self.key = key
    }

    /// Writes bytes, in frames of at most ``StreamingOptions/largestWrite``.
    ///
    /// Suspends while more than ``StreamingOptions/sendBuffer`` bytes of the connection wait to be sent, and returns when
    /// the last frame is on its way. Writes of several tasks do not mix within a frame, but between frames.
    ///
    /// - Throws: ``StreamingError/Code/closed`` after ``close()``, ``StreamingError/Code/streamReset`` when the server has
    ///   ended the stream, ``StreamingError/Code/cancelled``, and whatever ended the connection.
    public func write(_ bytes: [UInt8]) async throws(StreamingError) { try await connection.write(bytes, on: key) }

    /// Half-closes the stream behind what was written; the other direction goes on.
    ///
    /// - Throws: ``StreamingError/Code/notPossible`` over WebSocket without `v5.channel.k8s.io`, which has no word for it;
    ///   ``StreamingError/Code/closed`` the second time.
    public func close() async throws(StreamingError) { try await connection.finish(key) }
}
