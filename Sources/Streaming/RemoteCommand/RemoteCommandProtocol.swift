/// A version of the protocol that exec and attach speak (kubernetes `remotecommand`).
public enum RemoteCommandVersion: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Errors are text; nothing else can be said of it with certainty.
    case v1 = "channel.k8s.io"
    /// Like v1, with an orderly close of stdin.
    case v2 = "v2.channel.k8s.io"
    /// Adds the resize stream.
    case v3 = "v3.channel.k8s.io"
    /// The error channel carries a Status with the exit code.
    case v4 = "v4.channel.k8s.io"
    /// WebSocket only: adds CLOSE (KEP-4006).
    case v5 = "v5.channel.k8s.io"

    /// Older before newer.
    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// How exec and attach are spoken: over SPDY or WebSocket, and in which versions.
public struct RemoteCommandProtocol: Sendable, Hashable {
    enum Transport: Hashable, Sendable { case spdy, webSocket }

    let transport: Transport
    /// The versions offered, best first.
    public let offered: [RemoteCommandVersion]
    /// Those of them with which the body runs; another choice of the server is ``StreamingOutcome/notOffered(_:)``.
    public let wanted: Set<RemoteCommandVersion>

    /// SPDY/3.1, as kubectl before 1.31 and kubelet speak it. Any of the versions will do.
    public static func spdy(offering offered: [RemoteCommandVersion]) -> Self {
        Self(transport: .spdy, offered: offered, wanted: Set(offered))
    }

    /// WebSocket with these versions.
    ///
    /// - Parameter wanted: with which of them the body runs; all by default.
    public static func webSocket(offering offered: [RemoteCommandVersion], wanted: Set<RemoteCommandVersion>? = nil)
        -> Self
    {
        Self(transport: .webSocket, offered: offered, wanted: wanted ?? Set(offered))
    }

    /// SPDY/3.1 with v4 to v1.
    public static let spdy = spdy(offering: [.v4, .v3, .v2, .v1])
    /// WebSocket with v4 alone.
    public static let webSocketV4 = webSocket(offering: [.v4])
    /// WebSocket with v5, as kubectl 1.31 speaks it. v4 is offered too, so that a server without v5 says what it has
    /// instead of refusing without a word.
    public static let webSocketV5 = webSocket(offering: [.v5, .v4], wanted: [.v5])

    /// The words of the suite language and the protocols they mean.
    public static let named: [String: Self] = ["spdy": spdy, "websocket-v4": webSocketV4, "websocket-v5": webSocketV5]
}

/// Which streams the client opens. They must be those that the Exec or Attach request asked for.
public struct RemoteCommandStreams: Sendable, Hashable {
    /// Whether there is a stdin.
    public var stdin: Bool
    /// Whether there is a stdout.
    public var stdout: Bool
    /// Whether there is a stderr; never with a terminal.
    public var stderr: Bool
    /// Whether the process has a terminal, which can be resized.
    public var tty: Bool

    /// Describes the streams of a request.
    public init(stdin: Bool = false, stdout: Bool = false, stderr: Bool = false, tty: Bool = false) {
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.tty = tty
    }
}
