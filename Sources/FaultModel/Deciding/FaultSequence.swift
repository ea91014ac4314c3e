/// What happens to the first, second, third matching call: `1*off->2*error(UNAVAILABLE)->1*delay(500ms)->off`.
///
/// The form is that of the fail(9) failpoints that runtime developers know from containerd's shims.
public struct FaultSequence: Sendable, Hashable {
    /// So many calls in a row, and what happens to them.
    public struct Term: Sendable, Hashable {
        /// How many calls, at least 1; `nil` for all that come.
        public let count: Int?
        /// What happens to them; `nil` for nothing.
        public let fault: Fault?

        /// Creates a term.
        public init(_ count: Int? = nil, _ fault: Fault?) {
            self.count = count.map { max(1, $0) }
            self.fault = fault
        }
    }

    /// The terms in order. After the last one nothing happens any more.
    public let terms: [Term]

    /// Creates a sequence.
    public init(_ terms: [Term]) { self.terms = terms }

    /// The same for every call.
    public init(_ fault: Fault) { self.init([Term(nil, fault)]) }

    /// What happens to the nth matching call, counted from 1; `nil` for nothing.
    public func fault(at number: Int) -> Fault? {
        var rest = max(1, number)
        for term in terms {
            guard let count = term.count, rest > count else { return term.fault }
            rest -= count
        }
        return nil
    }

    /// All faults that can come.
    public var faults: [Fault] { terms.compactMap(\.fault) }
}
