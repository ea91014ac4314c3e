/// What a streaming connection has counted so far.
public struct StreamingCounters: Sendable, Hashable {
    /// Bytes read from the server, the answer to the upgrade included; below TLS not counted.
    public internal(set) var bytesReceived = 0
    /// Bytes handed to the socket, the request for the upgrade included.
    public internal(set) var bytesSent = 0
    /// Keep-alives of ours.
    public internal(set) var pingsSent = 0
    /// Keep-alives of ours that the server answered.
    public internal(set) var pongsReceived = 0
    /// The server's keep-alives, all of them answered.
    public internal(set) var pingsAnswered = 0
    /// Streams that the server tried to open, all of them refused.
    public internal(set) var uninvitedStreams = 0
    /// How often reading stopped because consumers did not take what had come.
    public internal(set) var readPauses = 0
    /// The most received bytes that waited for consumers at once.
    public internal(set) var mostHeld = 0
    /// The most room that was taken for unsent bytes at once, in whole pieces.
    public internal(set) var mostUnsent = 0
}
