/// Parameters of `delay`.
public struct Delay: Sendable, Hashable {
    /// Before the runtime gets the request, or before the client gets the answer.
    public var side: Side
    /// How long.
    public var duration: DelayDistribution

    /// Creates a delay.
    public init(_ duration: DelayDistribution, _ side: Side = .before) {
        self.duration = duration
        self.side = side
    }
}

/// Parameters of `lose-response`: what the client gets instead.
public enum LostResponse: Sendable, Hashable {
    /// DEADLINE_EXCEEDED when the client's deadline passes; a call without a deadline hangs until the rule ends.
    case atDeadline
    /// This status as soon as the runtime has answered.
    case status(RPCStatus)
    /// The stream is reset as soon as the runtime has answered.
    case reset(HTTP2Code)
}

/// A moment in the life of a call.
public enum Moment: Sendable, Hashable {
    /// This long after the rule took hold of the call.
    case after(Duration)
    /// Right after the request's headers, before any of its message.
    case requestHeaders
    /// When the runtime has the whole request.
    case requestSent
    /// When the runtime begins to answer and the client has nothing of it.
    case answerBegun
    /// When the client has the answer's headers and no message.
    case responseHeaders
    /// When the client has the first message of the answer and no trailers.
    case responseMessage
}

/// Parameters of `cancel`.
public struct Cancel: Sendable, Hashable {
    /// What the client sees of it.
    public enum Client: String, Sendable, CaseIterable {
        /// It gets CANCELLED at once.
        case told
        /// It gets nothing until its own deadline or the end of the rule: what a slow runtime looks like.
        case hang
    }

    /// When the runtime's half of the call is cancelled.
    public var moment: Moment
    /// What the client sees of it.
    public var client: Client

    /// Creates a cancellation.
    public init(_ moment: Moment, client: Client = .told) {
        self.moment = moment
        self.client = client
    }
}

/// Parameters of `no-op`.
public struct NoOp: Sendable, Hashable {
    /// The encoded answer; an empty message by default.
    public var answer: [UInt8]

    /// Creates a no-op.
    public init(answer: [UInt8] = []) { self.answer = answer }
}

/// Parameters of `duplicate`.
public struct Duplicate: Sendable, Hashable {
    /// How long after the first request the second goes out.
    public var gap: Duration

    /// Creates a duplicate.
    public init(gap: Duration = .zero) { self.gap = gap }
}

/// Parameters of `mutate`.
public struct Mutate: Sendable, Hashable {
    /// Which of the call's messages is changed.
    public var direction: Direction
    /// The changes, made in this order.
    public var edits: [Mutation]

    /// Creates a mutation of one direction's messages.
    public init(_ direction: Direction, _ edits: [Mutation]) {
        self.direction = direction
        self.edits = edits
    }
}

/// Parameters of `stale`.
public struct Stale: Sendable, Hashable {
    /// The answer given is at least this old; without one that old the call passes.
    public var age: Duration
    /// Whether the runtime executes the call all the same.
    public var isExecuted: Bool

    /// Creates a stale answer.
    public init(age: Duration, isExecuted: Bool = false) {
        self.age = age
        self.isExecuted = isExecuted
    }
}

/// Parameters of `truncate`.
public struct Truncate: Sendable, Hashable {
    /// So many bytes of the first message arrive, then the stream ends as if all were well.
    public var bytes: Int

    /// Creates a truncation.
    public init(bytes: Int) { self.bytes = max(0, bytes) }
}

/// Parameters of `reset`.
public struct Reset: Sendable, Hashable {
    /// The code the client sees.
    public var code: HTTP2Code
    /// When; the runtime's half is cancelled at the same moment.
    public var moment: Moment

    /// Creates a reset.
    public init(_ code: HTTP2Code, _ moment: Moment = .answerBegun) {
        self.code = code
        self.moment = moment
    }
}
