public import CRICatalog

/// One change of a message, named by a path into it. Everything the path does not name stays as it was, byte for byte.
public struct Mutation: Sendable, Hashable {
    /// What is done with what the path names.
    public enum Operation: Sendable, Hashable {
        /// It gets this value; for an enum the name of one, as text, will do.
        case set(Value)
        /// It is taken out, as if it had never been set.
        case clear
        /// A number grows by this one (or shrinks by a negative one); a list gets this item at its end.
        case add(Value)
        /// A number is multiplied: a time in the wrong unit.
        case scale(Double)
        /// It changes places with what this other path names.
        case swap(String)
        /// The items meant are taken out of their list.
        case drop
        /// Only the items meant stay in their list.
        case filter
        /// The items meant stand there this many times in all.
        case `repeat`(Int)
        /// Text or bytes become longer by this many.
        case pad(Int)
    }

    /// A message never grows by more, whatever its mutations say.
    public static let growthLimit = 64 << 20

    /// Where; empty only for ``Operation/pad(_:)``, which then adds a field that no CRI knows.
    public var path: String
    /// What.
    public var operation: Operation

    /// Creates a change.
    public init(_ path: String, _ operation: Operation) {
        self.path = path
        self.operation = operation
    }

    /// Finds out whether the path, and the value for it, make sense in a message.
    ///
    /// - Throws: ``FieldPatternError`` saying what does not.
    public func check(in message: String, catalog: Catalog = .cri) throws(FieldPatternError) {
        _ = try MutationRun(self, message: message, catalog: catalog, spares: { _, _ in false })
    }
}

extension [Mutation] {
    /// The message with all changes made in their order; `nil` when none found anything to change. A change whose
    /// path this message does not have is skipped: one rule may be about several RPCs.
    ///
    /// - Parameter spares: whether an item of a list, a message of this name and these bytes, must not be touched:
    ///   items that stand for protected pods (relay-contract 18).
    /// - Throws: `WireError` for bytes that are no such message; the caller goes on with the message as it was.
    public func apply(
        to bytes: [UInt8],
        message: String,
        catalog: Catalog = .cri,
        spares: @escaping (_ message: String, _ item: [UInt8]) -> Bool = { _, _ in false }
    ) throws(WireError) -> [UInt8]? {
        var result: [UInt8]?
        for mutation in self {
            guard let run = try? MutationRun(mutation, message: message, catalog: catalog, spares: spares) else {
                continue
            }
            if let changed = try run.apply(to: result ?? bytes) { result = changed }
        }
        return result
    }
}
