internal import FaultModel

/// What became of one connection of a session that a rule stood in.
struct SessionRecord: Sendable {
    /// The decision about the call that opened it.
    let decision: Decision
    /// Bytes that went through behind the HTTP heads, to the runtime and to the client.
    let request: Int
    let response: Int
    /// Whether the fault struck: the session may have ended before that many bytes.
    let hasStruck: Bool
}
