internal import CRICatalog
internal import FaultModel

/// Who says what happens to calls. Shared by all links of a relay, called on their event loops; it must not block.
protocol FaultDecider: Sendable {
    /// Whether any rule is in force. Looked at for every call, so it must cost nothing.
    var isArmed: Bool { get }

    /// Decides about a call; see ``RuleEngine/decide(_:at:)``.
    func decide(_ facts: CallFacts, at now: UInt64) -> Verdict

    /// What a request is about.
    func subject(of rpc: RPC, request: [UInt8]) -> Subject?

    /// An answer to the same request that is at least so old.
    func answer(for key: CallKey, request: [UInt8], olderThan age: Duration, at now: UInt64) -> [UInt8]?

    /// Whether the messages of a call are to be shown to it.
    func observes(_ facts: CallFacts) -> Bool

    /// A call that it observes got a message.
    func observed(_ facts: CallFacts, request: [UInt8], response: [UInt8], at now: UInt64)

    /// Whether an item of a list must not be touched by a rule.
    func spares(_ message: String, _ item: [UInt8], rule: String) -> Bool

    /// A decision's fault is over.
    func ended(_ decision: Decision)
}

/// Lets every call pass.
struct NoRules: FaultDecider {
    var isArmed: Bool { false }
    func decide(_ facts: CallFacts, at now: UInt64) -> Verdict { .pass }
    func subject(of rpc: RPC, request: [UInt8]) -> Subject? { nil }
    func answer(for key: CallKey, request: [UInt8], olderThan age: Duration, at now: UInt64) -> [UInt8]? { nil }
    func observes(_ facts: CallFacts) -> Bool { false }
    func observed(_ facts: CallFacts, request: [UInt8], response: [UInt8], at now: UInt64) {}
    func spares(_ message: String, _ item: [UInt8], rule: String) -> Bool { false }
    func ended(_ decision: Decision) {}
}
