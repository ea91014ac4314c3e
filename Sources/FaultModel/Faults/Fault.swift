/// One misbehaviour of the link between a CRI client and a runtime.
///
/// A fault says what goes wrong, never when: a ``FaultRule`` says when, and a suite or the prover puts a fault on one
/// call. Every case names the side of the execution it stands on, because "was it executed?" and "was it answered?"
/// are what kubelet has to live with (docs: the table of faults).
public enum Fault: Sendable, Hashable {
    /// The call takes longer.
    case delay(Delay)
    /// Answered with a status; never executed.
    case error(RPCStatus)
    /// Executed; the runtime's answer is lost.
    case loseResponse(LostResponse)
    /// The call goes on in the runtime after its client gave up.
    case late
    /// The call is cancelled at the runtime, not by its client.
    case cancel(Cancel)
    /// No answer until the client's deadline, its cancellation or the end of the rule.
    case hang(Side)
    /// The runtime is told another deadline than the client has.
    case deadline(Duration)
    /// Answered with success; never executed.
    case noOp(NoOp)
    /// Executed twice; answered once.
    case duplicate(Duplicate)
    /// Executed; answered with another status.
    case code(RPCStatus)
    /// A message is changed on its way.
    case mutate(Mutate)
    /// Answered with an earlier answer.
    case stale(Stale)
    /// Executed; the answer's message breaks off.
    case truncate(Truncate)
    /// The stream is reset.
    case reset(Reset)
    /// The client is told that the connection will go away.
    case goAway(GoAway)
    /// The connection is closed.
    case drop(Drop)
    /// New connections are closed before a byte was said.
    case refuse
    /// Connections stay open and nothing goes through them.
    case blackhole
    /// Bytes go slowly.
    case bandwidth(Bandwidth)
    /// Messages of a server stream are lost, held, repeated or come in another order.
    case stream(StreamFault)
    /// Bytes of an exec, attach or port-forward session stall or break off.
    case bytes(ByteFault)
}

/// Before or after the runtime executed the call.
public enum Side: String, Sendable, Hashable, CaseIterable {
    /// The runtime does not have the whole request yet.
    case before
    /// The runtime has answered.
    case after
}

/// One of the two messages of a call.
public enum Direction: String, Sendable, Hashable, CaseIterable {
    /// From the client to the runtime.
    case request
    /// From the runtime to the client.
    case response

    /// The other one.
    public var opposite: Direction { self == .request ? .response : .request }
}
