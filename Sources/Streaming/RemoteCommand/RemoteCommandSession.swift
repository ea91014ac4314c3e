/// An exec or attach that is under way. Valid inside the body that it was given to.
public struct RemoteCommandSession: Sendable {
    private let connection: StreamConnection
    private let errors: ErrorChannel
    private let resizes: StreamInput?

    /// What was offered and chosen.
    public let negotiation: StreamNegotiation
    /// The version that is spoken. A SPDY server that names none speaks v1.
    public let version: RemoteCommandVersion
    /// Towards the command's stdin, if there is one.
    public let stdin: StreamInput?
    /// The command's stdout, if there is one. With a terminal, stderr comes here too.
    public let stdout: StreamOutput?
    /// The command's stderr, if there is one.
    public let stderr: StreamOutput?

    init(
        _ connection: StreamConnection,
        _ negotiation: StreamNegotiation,
        _ version: RemoteCommandVersion,
        _ channels: RemoteCommandChannels
    ) {
        self.connection = connection
        self.negotiation = negotiation
        self.version = version
        errors = channels.errors
        resizes = channels.keys[.resize].map { StreamInput(connection, $0) }
        stdin = channels.keys[.stdin].map { StreamInput(connection, $0) }
        stdout = channels.output(.stdout, connection)
        stderr = channels.output(.stderr, connection)
    }

    /// Waits for what the server says about the end of the command.
    ///
    /// It comes last, so stdout and stderr must be consumed or discarded meanwhile (see ``StreamOutput``).
    ///
    /// - Throws: what broke the connection or the error channel before it had said anything whole;
    ///   ``StreamingError/Code/cancelled``.
    public func status() async throws(StreamingError) -> RemoteCommandStatus {
        let said = try await errors.wait()
        return RemoteCommandStatus(said.bytes, version: version, wasReset: said.ending == .cancelled)
    }

    /// What the error channel has said so far, raw.
    public var errorBytes: [UInt8] { errors.received }

    /// Tells the terminal its size, in characters.
    ///
    /// - Throws: ``StreamingError/Code/notPossible`` without a terminal, or in a version before v3.
    public func resize(width: UInt16, height: UInt16) async throws(StreamingError) {
        guard let resizes else {
            throw StreamingError(.notPossible, "there is no resize stream: no terminal, or a version before v3")
        }
        // Go's json.Encoder ends each value with a newline.
        try await resizes.write(Array("{\"Width\":\(width),\"Height\":\(height)}\n".utf8))
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
