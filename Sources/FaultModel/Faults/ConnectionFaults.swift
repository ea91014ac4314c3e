/// Parameters of `goaway`.
public struct GoAway: Sendable, Hashable {
    /// The code the client sees; NO_ERROR is what a server sends that shuts down in order.
    public var code: HTTP2Code
    /// How long the client has between the warning and the final GOAWAY (relay-contract 11).
    public var grace: Duration

    /// Creates a GOAWAY.
    public init(_ code: HTTP2Code = .noError, grace: Duration = .milliseconds(100)) {
        self.code = code
        self.grace = grace
    }
}

/// Parameters of `drop`.
public struct Drop: Sendable, Hashable {
    /// Which connections are closed.
    public enum Which: String, Sendable, CaseIterable {
        /// The one the call came over.
        case own
        /// All that the rule's `connection` names.
        case all
    }

    /// How long after the call's request went to the runtime.
    public var after: Duration
    /// Which connections are closed.
    public var which: Which

    /// Creates a drop.
    public init(after: Duration = .zero, _ which: Which = .own) {
        self.after = after
        self.which = which
    }
}

/// Parameters of `bandwidth`.
public struct Bandwidth: Sendable, Hashable {
    /// How many bytes of messages go through in a second, at least 1.
    public var bytesPerSecond: Int
    /// How many bytes go at once, at least 1.
    public var chunk: Int
    /// Which messages are slow; both without one.
    public var direction: Direction?

    /// Creates a limit.
    public init(bytesPerSecond: Int, chunk: Int = 1024, direction: Direction? = nil) {
        self.bytesPerSecond = max(1, bytesPerSecond)
        self.chunk = max(1, chunk)
        self.direction = direction
    }
}
