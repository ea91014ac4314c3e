/// What was offered to a streaming server and what it chose, as it went over the wire.
public struct StreamNegotiation: Sendable, Hashable {
    /// The protocol of the connection that was asked for: `SPDY/3.1` or `websocket`.
    public let upgrade: String
    /// The sub-protocols offered, best first: `v4.channel.k8s.io`, `portforward.k8s.io`, ...
    public let offered: [String]
    /// The sub-protocol that the server chose; `nil` when it named none.
    public let chosen: String?
    /// What the server says it would have accepted (`X-Accepted-Stream-Protocol-Versions`), when it refused all.
    public let acceptable: [String]
    /// The status of its answer: 101, or that of a refusal.
    public let status: Int
    /// Where it is.
    public let address: StreamAddress
    /// What TLS showed; `nil` without TLS.
    public let tls: TLSFacts?
}

/// What became of a streaming session.
public enum StreamingOutcome<Value: Sendable>: Sendable {
    /// The server spoke a wanted protocol; this is what the body returned.
    case completed(Value)
    /// The server offers none of the wanted protocols. The body did not run, and nothing is wrong with the server.
    case notOffered(StreamNegotiation)

    /// What the body returned, if it ran.
    public var value: Value? { if case .completed(let value) = self { value } else { nil } }
}

/// A streaming server's refusal to upgrade. The token is left out wherever the answer repeats it.
public struct UpgradeRefusal: Sendable, Hashable {
    /// The HTTP status: 404 for a token that is unknown, used or expired.
    public let status: Int
    /// The text beside the status.
    public let reason: String
    /// The head's lines.
    public let headers: [HTTPHeader]
    /// The beginning of the body, as text, up to ``StreamingLimits/refusalBody`` bytes.
    public let body: String
    /// Whether the body was longer, or did not come whole.
    public let isBodyCut: Bool
}
