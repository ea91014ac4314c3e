internal import CRICatalog

/// What rules about connections did to one, as a ledger tells of it: refused, closed, sent away, or left in the dark.
public struct RecordedConnection: Sendable, Hashable {
    /// The client connection, counted from 1.
    public let number: UInt64
    /// What was decided about it, dry runs included.
    public let decisions: [RecordedCall.Decision]

    /// - Throws: ``LedgerProblem`` naming the member that is missing or makes no sense.
    init(_ line: JSONValue) throws(LedgerProblem) {
        number = try LedgerFields(line).number("connection")
        decisions = try RecordedCall.Decision.all(of: line)
    }
}
