internal import FaultModel

extension FaultSequence {
    /// The faults by name: `1*off->2*error->delay`.
    var summary: String {
        terms.map { term in (term.count.map { "\($0)*" } ?? "") + (term.fault?.name ?? "off") }.joined(separator: "->")
    }
}
