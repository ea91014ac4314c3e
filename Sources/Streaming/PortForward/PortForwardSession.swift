internal import Synchronization

/// A port-forward that is under way. Valid inside the body that it was given to.
public struct PortForwardSession: Sendable {
    private let connection: StreamConnection
    private let pairs: any PortPairSource

    /// What was offered and chosen.
    public let negotiation: StreamNegotiation

    init(_ connection: StreamConnection, _ pairs: any PortPairSource, _ negotiation: StreamNegotiation) {
        self.connection = connection
        self.pairs = pairs
        self.negotiation = negotiation
    }

    /// Opens a connection to a port of the pod. Any number may be open at once, from any task.
    ///
    /// Whether somebody listens there shows later, in ``ForwardedConnection/error()``.
    ///
    /// - Throws: ``StreamingError/Code/timedOut`` after ``StreamingOptions/openTimeout``,
    ///   ``StreamingError/Code/streamRefused``; over WebSocket ``StreamingError/Code/notPossible`` for a port that was not
    ///   among the given ones or is taken; ``StreamingError/Code/cancelled``; what broke the session.
    public func open(port: UInt16) async throws(StreamingError) -> ForwardedConnection {
        let pair = try await pairs.open(port, connection)
        return ForwardedConnection(
            port: port,
            input: StreamInput(connection, pair.data),
            output: StreamOutput(connection, pair.data, pair.queue),
            errors: pair.errors
        )
    }

    /// Closes the socket without a word, as a client that dies; with a TCP reset if asked.
    ///
    /// Everything that waits, or will wait, throws ``StreamingError/Code/closed``.
    public func drop(resetting: Bool = false) async { await connection.drop(resetting: resetting) }

    /// Waits until the server has closed the connection.
    ///
    /// - Throws: ``StreamingError/Code/cancelled``.
    public func waitUntilClosed() async throws(StreamingError) { try await connection.waitUntilGone() }

    /// How the server said goodbye, if it has.
    public func farewell() async -> PeerFarewell? { await connection.farewell() }

    /// What the connection has counted so far.
    public func counters() async -> StreamingCounters { await connection.counters() }
}

/// The two streams of one forwarded connection.
struct PortPair: Sendable {
    let data: StreamKey
    let queue: InboundQueue
    let errors: ErrorChannel
}

/// Where pairs of streams come from.
protocol PortPairSource: Sendable {
    func open(_ port: UInt16, _ connection: StreamConnection) async throws(StreamingError) -> PortPair
}
