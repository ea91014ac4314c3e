import CRICatalog

/// A difference between a runtime and the suites that somebody knows and answers for.
public struct KnownDifference: Sendable, Hashable {
    /// The case, or a matrix as a whole.
    public let caseID: String
    /// Why it is accepted.
    public let reason: String
    /// Where it is discussed, `containerd/containerd#13599`.
    public let reference: String?
    /// Who answers for it.
    public let owner: String
    /// The day after which it no longer counts, `2027-06-30`.
    public let expires: String
    /// Whether what the case leaves behind belongs to it. Otherwise a leak fails the case as if it were not listed.
    public let acceptsLeak: Bool
    /// Where it is written.
    public let position: SourcePosition

    /// Whether it is about a case: the one of this very id, or a row of the matrix that is called so. An id that only
    /// begins alike is another case's.
    public func covers(_ item: Case) -> Bool {
        if item.id == caseID { return true }
        let isOfMatrix = caseID == item.written || caseID.hasPrefix(item.written + ".")
        return isOfMatrix && item.id.hasPrefix(caseID + ".")
    }
}

/// The known differences of one runtime: `--profile FILE`.
public struct Profile: Sendable {
    /// What it is about, `containerd 2.1`.
    public let name: String
    /// In the order of the file.
    public let differences: [KnownDifference]

    /// What is wrong with it beside a set of cases: ids that no case has, although their suite is there.
    public func mistakes(beside cases: [Case]) -> [Diagnostic] {
        let foreign = Set(foreign(beside: cases))
        return differences.compactMap { difference in
            guard !foreign.contains(difference), !cases.contains(where: difference.covers) else { return nil }
            let hint = Spelling.suggestion(for: difference.caseID, among: cases.map(\.id))
            return Diagnostic("no case is called '\(difference.caseID)'\(hint)", at: difference.position)
        }
    }

    /// The entries about suites that are not there at all: only some were loaded, and a profile is about a runtime.
    public func foreign(beside cases: [Case]) -> [KnownDifference] {
        let suites = Set(cases.map { $0.id.prefix { $0 != "." } })
        return differences.filter { !suites.contains($0.caseID.prefix { $0 != "." }) }
    }

    /// The same in a sentence; `nil` when there are none.
    public func note(beside cases: [Case]) -> String? {
        let count = foreign(beside: cases).count
        guard count > 0 else { return nil }
        return count == 1
            ? "1 entry of the profile is about a case that is not among these suites"
            : "\(count) entries of the profile are about cases that are not among these suites"
    }
}
