/// What went wrong on a streaming connection. Never holds the URL's token.
public struct StreamingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of thing went wrong.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        /// The text is no URL that a streaming server can be reached by.
        public static let badAddress = Self(name: "badAddress")
        /// No TCP connection: the host is unknown, or nobody listens there.
        public static let cannotConnect = Self(name: "cannotConnect")
        /// TLS did not come about, or the certificate was refused.
        public static let tlsFailed = Self(name: "tlsFailed")
        /// The server answered the upgrade with a status other than 101; ``StreamingError/refusal`` has the answer.
        public static let upgradeRefused = Self(name: "upgradeRefused")
        /// What answered is no HTTP/1.1 server, or its 101 is not the answer to what was asked.
        public static let upgradeMalformed = Self(name: "upgradeMalformed")
        /// A bound in ``StreamingOptions`` passed: connecting, the upgrade, or a stream that was not answered.
        public static let timedOut = Self(name: "timedOut")
        /// The server broke SPDY/3.1, WebSocket (RFC 6455) or Kubernetes' protocols on top of them.
        public static let protocolViolation = Self(name: "protocolViolation")
        /// The server sent more of something than ``StreamingLimits`` allows.
        public static let limitExceeded = Self(name: "limitExceeded")
        /// The server reset a stream before it answered it.
        public static let streamRefused = Self(name: "streamRefused")
        /// The server reset a stream with a status other than CANCEL.
        public static let streamReset = Self(name: "streamReset")
        /// The connection broke, or ended in the middle of something.
        public static let connectionLost = Self(name: "connectionLost")
        /// This side has ended the connection or this direction of the stream.
        public static let closed = Self(name: "closed")
        /// The negotiated protocol cannot do this: a half-close over WebSocket v4, a resize before v3.
        public static let notPossible = Self(name: "notPossible")
        /// Waiting ended because the task was cancelled.
        public static let cancelled = Self(name: "cancelled")

        /// The code's name.
        public var description: String { name }
    }

    /// What kind of thing went wrong.
    public let code: Code
    /// What happened, in a sentence.
    public let message: String
    /// The server's answer to the upgrade, for ``Code/upgradeRefused``.
    public let refusal: UpgradeRefusal?

    init(_ code: Code, _ message: String, refusal: UpgradeRefusal? = nil) {
        self.code = code
        self.message = message
        self.refusal = refusal
    }

    /// The message.
    public var description: String { message }

    /// Whether it says of a write that the other end takes nothing any more. That is how the end of a command shows to
    /// whoever still writes to it; what the command said and how it ended is there to be read all the same.
    public var endsInput: Bool { [.streamReset, .connectionLost, .closed].contains(code) }

    static func violation(_ message: String) -> Self { Self(.protocolViolation, message) }

    static func limit(_ message: String) -> Self { Self(.limitExceeded, message) }

    static let cancelled = Self(.cancelled, "the wait was cancelled")

    /// The same without the token of this address.
    func redacted(_ address: StreamAddress) -> Self { Self(code, address.redact(message), refusal: refusal) }

    /// Equal by code.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }

    /// By code.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}
