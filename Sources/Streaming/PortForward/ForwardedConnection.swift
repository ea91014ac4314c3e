/// One connection to a port of a pod.
public struct ForwardedConnection: Sendable {
    /// The port inside the pod.
    public let port: UInt16
    /// Towards the pod.
    public let input: StreamInput
    /// From the pod.
    public let output: StreamOutput
    private let errors: ErrorChannel

    init(port: UInt16, input: StreamInput, output: StreamOutput, errors: ErrorChannel) {
        self.port = port
        self.input = input
        self.output = output
        self.errors = errors
    }

    /// Waits for what the runtime says went wrong with this connection; `nil` when it ended without a word.
    ///
    /// Over SPDY that is at the end of the error stream. Over WebSocket, where no channel ends by itself, it is the first
    /// message on the error channel or the end of the whole session.
    ///
    /// - Throws: what broke the session; ``StreamingError/Code/cancelled``.
    public func error() async throws(StreamingError) -> String? {
        let bytes = try await errors.wait().bytes
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// What the runtime has said so far.
    public var errorSoFar: String { String(decoding: errors.received, as: UTF8.self) }
}
