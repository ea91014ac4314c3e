/// What a fault does to the call it hits, in the words that a history of calls is judged by.
extension Fault {
    /// Whether the runtime executes the call.
    public enum Execution: String, Sendable {
        case yes
        case no
        /// Perhaps up to some point.
        case partly
        case twice
        /// It depends on the point at which the fault strikes.
        case depends
    }

    /// What a fault is put on.
    public enum Target: String, Sendable {
        /// One call.
        case call
        /// A connection and with it all its calls.
        case connection
        /// The session behind the URL of an exec, attach or port-forward call.
        case session
    }

    /// The fault's name in plans and reports.
    public var name: String {
        switch self {
        case .delay: "delay"
        case .error: "error"
        case .loseResponse: "lose-response"
        case .late: "late"
        case .cancel: "cancel"
        case .hang: "hang"
        case .deadline: "deadline"
        case .noOp: "no-op"
        case .duplicate: "duplicate"
        case .code: "code"
        case .mutate: "mutate"
        case .stale: "stale"
        case .truncate: "truncate"
        case .reset: "reset"
        case .goAway: "goaway"
        case .drop: "drop"
        case .refuse: "refuse"
        case .blackhole: "blackhole"
        case .bandwidth: "bandwidth"
        case .stream: "stream"
        case .bytes: "bytes"
        }
    }

    /// Whether the runtime executes a call that this fault hits.
    public var execution: Execution {
        switch self {
        case .delay, .loseResponse, .late, .deadline, .code, .truncate, .bandwidth, .stream, .bytes, .mutate: .yes
        case .error, .noOp, .refuse: .no
        case .hang(let side): side == .before ? .no : .yes
        case .cancel: .partly
        case .duplicate: .twice
        case .stale(let stale): stale.isExecuted ? .yes : .no
        case .reset, .goAway, .drop, .blackhole: .depends
        }
    }

    /// What the fault is put on.
    public var target: Target {
        switch self {
        case .goAway, .drop, .refuse, .blackhole: .connection
        case .bytes: .session
        default: .call
        }
    }

    /// Whether the request's headers must change. They must be sent on in order (relay-contract 4), so the decision
    /// has to fall before they are.
    public var changesRequestHeaders: Bool {
        switch self {
        case .late, .deadline: true
        default: false
        }
    }

    /// Whether messages must be read, which a compressed stream does not allow (relay-contract 10).
    public var readsMessages: Bool {
        switch self {
        case .mutate, .stale, .truncate, .stream: true
        default: false
        }
    }
}
