internal import NIOCore

/// Takes what one stream brings. Called on the connection's event loop, in order.
protocol StreamSink: AnyObject, Sendable {
    /// - Parameter endsMessage: over WebSocket, whether a message ends with these bytes.
    /// - Throws: what the whole connection must fail with.
    func received(_ bytes: ByteBuffer, endsMessage: Bool) throws(StreamingError)
    /// Nothing more comes; only the first ending counts.
    func ended(_ result: Result<StreamEnding, StreamingError>)
}
