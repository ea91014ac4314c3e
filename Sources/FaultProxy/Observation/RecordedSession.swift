internal import CRICatalog

/// What became of a connection of an exec, attach or port-forward session, as a ledger tells of it.
public struct RecordedSession: Sendable, Hashable {
    /// The rule that stood in it.
    public let rule: String
    /// Method and object of the call that opened it.
    public let key: String
    /// The how-many-eth such call that was, from 1.
    public let number: UInt64
    /// Whether the fault struck: a session may end before it has that many bytes.
    public let hasStruck: Bool
    /// Bytes that went through to the runtime, behind the HTTP head.
    public let requestBytes: UInt64
    /// Bytes that went through to the client, behind the HTTP head.
    public let responseBytes: UInt64

    /// - Throws: ``LedgerProblem`` naming the member that is missing or makes no sense.
    init(_ value: JSONValue) throws(LedgerProblem) {
        let fields = LedgerFields(value)
        rule = try fields.bytes("rule")
        key = try fields.bytes("key")
        number = try fields.number("n")
        requestBytes = try fields.number("request")
        responseBytes = try fields.number("response")
        guard case .bool(let hasStruck)? = value["struck"] else { throw LedgerProblem("'struck' is no true or false") }
        self.hasStruck = hasStruck
    }
}
