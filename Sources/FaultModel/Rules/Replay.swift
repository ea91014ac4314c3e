/// Which calls an earlier run hit, by rule, key and the key's count (relay-contract 23): a run with the same rules and
/// seed that has this hits the same ones, in whatever order they come and however fast.
public struct Replay: Sendable, Hashable {
    /// One matching call of a rule.
    public struct Turn: Sendable, Hashable {
        /// What it was counted under, as a decision's key describes itself.
        public let key: String
        /// The how-many-eth such call it was, from 1.
        public let number: Int

        /// Creates a turn.
        public init(_ key: String, _ number: Int) {
            self.key = key
            self.number = number
        }
    }

    private var turnsByRule: [String: Set<Turn>] = [:]

    /// Creates a replay in which nothing is hit.
    public init() {}

    /// Adds a call that was hit.
    public mutating func insert(_ turn: Turn, rule: String) { turnsByRule[rule, default: []].insert(turn) }

    /// The calls that a rule hit.
    public func turns(of rule: String) -> Set<Turn> { turnsByRule[rule] ?? [] }

    /// The rules that hit anything.
    public var rules: [String] { turnsByRule.keys.sorted() }

    /// How many calls were hit.
    public var count: Int { turnsByRule.values.reduce(0) { $0 + $1.count } }
}
