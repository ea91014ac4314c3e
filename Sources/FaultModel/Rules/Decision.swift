/// That a call is hit: which rule says so, for which key and count, and with what.
///
/// Rule, key and count are what a replay goes by (relay-contract 23).
public struct Decision: Sendable, Hashable {
    /// The rule.
    public let rule: String
    /// What the call was counted under.
    public let key: CallKey
    /// The how-many-eth such call it was, from 1.
    public let number: Int
    /// What happens to it.
    public let fault: Fault
    /// Whether it only would.
    public let isDryRun: Bool
    /// Which connections the rule is about, where it says so.
    public let connection: CallFacts.Connection?
    /// When the rule ends, and what it holds with it.
    public let end: Duration
    /// Where the fault's own random numbers start.
    let seed: UInt64

    /// The random numbers that belong to this decision: the same ones whenever it falls again.
    public var draws: Draws { Draws(seed) }
}

/// What the rules say about one call.
public enum Verdict: Sendable, Hashable {
    /// Nothing happens to it.
    case pass
    /// Its request must be known first. `holdsHeaders`: even its headers must not go on before that, because the
    /// fault that may come changes them.
    case needsRequest(holdsHeaders: Bool)
    /// These happen to it: one fault, and perhaps a bandwidth besides.
    case act([Decision])
}

/// Why a rule did not act on a call that it matches, or did not match it.
public enum Refusal: Sendable, Hashable, CustomStringConvertible {
    /// The call is not one of those meant.
    case differs(Match.Criterion)
    /// The rule is about connections: no call is hit by it. Only `explain` says so.
    case connections
    /// The pod is protected.
    case protected(Protection.Reason)
    /// The rule's window is closed.
    case window
    /// It is not this call's turn.
    case number
    /// The dice said no.
    case chance
    /// As many calls are hit as may be.
    case budget
    /// An earlier rule has the call.
    case taken
    /// The rule has ended.
    case ended
    /// Too many different keys to count them all.
    case keys
    /// The run that is replayed left this call alone.
    case notRecorded

    /// How `explain` and the counters show it.
    public var description: String {
        switch self {
        case .differs(let criterion): "no-match-\(criterion.rawValue)"
        case .connections: "about-connections"
        case .protected(let reason): reason.rawValue
        case .window: "window-closed"
        case .number: "not-its-turn"
        case .chance: "chance"
        case .budget: "budget"
        case .taken: "taken"
        case .ended: "ended"
        case .keys: "too-many-keys"
        case .notRecorded: "not-in-replay"
        }
    }
}
