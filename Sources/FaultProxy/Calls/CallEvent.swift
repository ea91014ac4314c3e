internal import FaultModel
internal import NIOCore

/// Something that happened to a call that a fault has hold of.
enum CallEvent {
    /// The header block an answer begins with. Not told for an answer that is trailers only.
    case responseHeaders(HeaderList)
    /// A whole message in a direction that is tapped, with its five-byte prefix.
    case message(Direction, ByteBuffer)
    /// The runtime has been sent the whole request. Where something held it back, long after its client has ended it.
    case requestSent
    /// A direction's sender has nothing more to say; for the response with its trailers, if it had any.
    case ended(Direction, trailers: HeaderList?)
    /// A direction's sender reset the stream: for the request the client gave up.
    case reset(Direction, HTTP2Code)
    /// The time that was waited for has come.
    case timer
    /// A tapped message is too large to be read, or compressed: the fault is over, and what comes goes on as it is.
    case unreadable(Direction)
    /// The rule has ended.
    case over
}

/// Something a fault wants done to its call.
enum CallAction: Equatable {
    /// What becomes of frames in a direction from now on.
    case gate(Direction, Gate)
    /// Whole messages of a direction are to be told of.
    case tap(Direction)
    /// Sends something of the fault's own, after what was sent before.
    case send(Direction, Outgoing)
    /// Sends the client a whole message of a stream, or drops it where too much waits for the client already.
    case offer(ByteBuffer)
    /// The fault itself has dropped so many messages of a stream.
    case dropped(Int)
    /// Sends a direction only so fast.
    case limit(Direction, Bandwidth)
    /// Calls back after this long; a later wait replaces an earlier one.
    case wait(Duration)
    /// Answers the client, and takes the call from the runtime unless that is to keep it.
    case answer(RPCStatus, message: [UInt8]? = nil, keepsRuntime: Bool = false)
    /// Resets the stream at the receiver of a direction, after what was sent before: for the response at the client.
    case reset(Direction, HTTP2Code)
    /// Gives the runtime another `grpc-timeout`, or none. Only while the request's headers are not sent.
    case timeout(Duration?)
    /// Sends the request once more, with this message, on a connection of the relay's own.
    case duplicate(ByteBuffer, after: Duration)
    /// Does something to the whole connection.
    case connection(ConnectionAction)
    /// Something for the call's record.
    case note(CallRecord.Note)
    /// The fault is done with the call, which goes on as any other.
    case letGo
}

/// What becomes of the frames that come in one direction of a call.
enum Gate: Equatable {
    /// They pass.
    case open
    /// They wait, in order.
    case hold
    /// They are taken in and go nowhere.
    case swallow
}

/// Something a fault sends itself.
enum Outgoing: Equatable {
    /// The header block an answer begins with.
    case headers(HeaderList)
    /// Bytes of the body: whole messages with their prefixes, or what a fault makes of them.
    case body(ByteBuffer)
    /// The header block an answer ends with.
    case trailers(HeaderList)
    /// The end of the stream, for a request.
    case end
}

/// Something that concerns more than one call.
enum ConnectionAction: Equatable {
    case drop(Drop, CallFacts.Connection?)
    case goAway(GoAway)
    case blackhole(rule: String, until: Duration)
}

/// One fault on one call: a state machine that is told what happens and says what to do.
///
/// It does not see frames, windows or time; the link turns its wishes into those.
protocol CallBehaviour {
    /// Whether the runtime keeps the call when the client gives up.
    var outlivesClient: Bool { get }
    /// Whether what is swallowed is sent on, changed or not: then the kill switch may let the rest pass.
    var sendsOn: Bool { get }

    /// The fault takes hold of the call.
    mutating func begin() -> [CallAction]

    /// Something happened.
    mutating func handle(_ event: CallEvent) -> [CallAction]

    /// The call is let go of. Returns what brings on its way what the fault itself still keeps; nothing else may be
    /// among it, for the fault is not to act any more (relay-contract 20).
    mutating func letGo() -> [CallAction]
}

extension CallBehaviour {
    var outlivesClient: Bool { false }
    var sendsOn: Bool { false }
    mutating func letGo() -> [CallAction] { [] }
}

/// What a behaviour knows of its call when it begins.
struct CallInfo {
    /// How long the client still waits; `nil` for a call without a deadline.
    var timeout: Duration?
    /// The request's message type in the catalogue, if the RPC is known.
    var requestType: String?
    /// The response's message type in the catalogue, if the RPC is known.
    var responseType: String?
    /// An earlier answer of the same call, for a fault that repeats one.
    var earlierAnswer: [UInt8]?
    /// The rule's id.
    var rule = ""
    /// When the rule ends, on the rules' clock.
    var end = Duration.zero
    /// Which connections the rule is about.
    var connection: CallFacts.Connection?
    /// The decision's own random numbers.
    var draws: Draws
    /// Whether an item of a list must not be touched.
    var spares: @Sendable (_ message: String, _ item: [UInt8]) -> Bool = { _, _ in false }
    /// Puts the relay between the ends of a session, and tells the URL that leads there; `nil` when it cannot.
    var openSession: @Sendable (_ url: String, ByteFault) -> String? = { _, _ in nil }
}
