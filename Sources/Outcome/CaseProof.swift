/// Whether a case that passed could have failed: what was made wrong, and what of it went unnoticed.
public struct CaseProof: Codable, Sendable, Hashable {
    /// How many wrong values and missing requests were tried.
    public var tried: Int
    /// What the case would have passed with, in sentences; the case is proven when there is none.
    public var unnoticed: [String]
    /// Expectations for which nobody knows a wrong value.
    public var untried: [String]
    /// Request fields the case sets and passes without: it needs them for something else, or for nothing.
    public var incidental: [String]

    /// Creates a proof.
    public init(tried: Int = 0, unnoticed: [String] = [], untried: [String] = [], incidental: [String] = []) {
        self.tried = tried
        self.unnoticed = unnoticed
        self.untried = untried
        self.incidental = incidental
    }

    /// Takes in what another part of the same case showed; each sentence stands once.
    public mutating func add(tried count: Int, unnoticed sentences: [String], untried paths: [String] = []) {
        tried += count
        for sentence in sentences where !unnoticed.contains(sentence) { unnoticed.append(sentence) }
        for path in paths where !untried.contains(path) { untried.append(path) }
    }

    /// Whether everything that was made wrong was noticed.
    public var isProven: Bool { unnoticed.isEmpty && tried > 0 }
}
