/// A rule in force and what it has counted.
struct RuleState: Sendable {
    /// More keys are not told apart; calls with further ones are left alone.
    static let keyLimit = 65_536

    let rule: FaultRule
    let armedAt: Duration
    /// When it ends.
    let end: Duration
    private let seed: UInt64
    /// Whom an earlier run hit: only these are hit again.
    private let recorded: Set<Replay.Turn>?
    private var counts: [UInt64: Int] = [:]
    private var matched = 0
    private var inFlight = 0
    private var acted = 0
    private var refusals: [Refusal: Int] = [:]

    init(_ rule: FaultRule, armedAt: Duration, seed: UInt64, recorded: Set<Replay.Turn>? = nil) {
        self.rule = rule
        self.recorded = recorded
        self.armedAt = armedAt
        end = armedAt + rule.ttl
        var hash = StableHash(seed: seed)
        hash.combine(rule.id)
        self.seed = hash.value
    }

    func isLive(at now: Duration) -> Bool { now < end }

    /// What a rule makes of a call that matches.
    enum Turn {
        case hit(Decision)
        case refused(Refusal)
    }

    /// Counts a matching call and decides about it.
    ///
    /// - Parameter isFree: whether an earlier rule leaves room for a fault of this kind.
    mutating func decide(_ key: CallKey, at now: Duration, isFree: (Fault) -> Bool) -> Decision? {
        switch turn(key, count(key), at: now, isFree: isFree) {
        case .refused(let refusal):
            refuse(refusal)
            return nil
        case .hit(let decision):
            acted += 1
            if !rule.isDryRun { inFlight += 1 }
            return decision
        }
    }

    /// What would be decided about the next call with this key. Counts nothing.
    func next(_ key: CallKey, at now: Duration, isFree: (Fault) -> Bool) -> Turn {
        let number: Int?
        switch rule.counting {
        case .rule: number = matched + 1
        case .key:
            let count = counts[key.hash(seed: seed)]
            number = count == nil && counts.count >= Self.keyLimit ? nil : (count ?? 0) + 1
        }
        return turn(key, number, at: now, isFree: isFree)
    }

    /// - Parameter number: the how-manieth such call it is; `nil` when that cannot be counted.
    private func turn(_ key: CallKey, _ number: Int?, at now: Duration, isFree: (Fault) -> Bool) -> Turn {
        guard let number else { return .refused(.keys) }
        let decision = Self.decision(rule, key, number, seed, end)
        if let refusal = refusal(decision, number, at: now) { return .refused(refusal) }
        guard let decision, isFree(decision.fault) else { return .refused(.taken) }
        return .hit(decision)
    }

    mutating func refuse(_ refusal: Refusal) { refusals[refusal, default: 0] += 1 }

    mutating func ended(_ decision: Decision) {
        // A rule that was armed anew in the meantime owes nothing for the one before it.
        guard !decision.isDryRun, decision.end == end, inFlight > 0 else { return }
        inFlight -= 1
    }

    func report(at now: Duration) -> RuleReport {
        RuleReport(
            rule: rule.id,
            isLive: isLive(at: now),
            isDryRun: rule.isDryRun,
            remaining: max(.zero, end - now),
            matched: matched,
            acted: acted,
            inFlight: inFlight,
            refusals: Dictionary(refusals.map { ($0.key.description, $0.value) }, uniquingKeysWith: +)
        )
    }

    private mutating func count(_ key: CallKey) -> Int? {
        let hash = key.hash(seed: seed)
        if rule.counting == .key, counts[hash] == nil, counts.count >= Self.keyLimit { return nil }
        matched += 1
        guard rule.counting == .key else { return matched }
        counts[hash, default: 0] += 1
        return counts[hash]
    }

    private func refusal(_ decision: Decision?, _ number: Int, at now: Duration) -> Refusal? {
        if let recorded {
            // What let the call be hit or not, then, is not asked again: time, dice and budgets would answer otherwise.
            guard let decision, recorded.contains(Replay.Turn(decision.key.description, number)) else {
                return .notRecorded
            }
            return nil
        }
        if let window = rule.window, !window.isOpen(at: now - armedAt) { return .window }
        guard decision != nil, rule.numbers?.contains(number) ?? true else { return .number }
        if let decision, !Self.isLucky(rule.probability, decision.seed) { return .chance }
        return acted >= rule.budget.total || inFlight >= rule.budget.inFlight ? .budget : nil
    }

    private static func decision(
        _ rule: FaultRule,
        _ key: CallKey,
        _ number: Int,
        _ seed: UInt64,
        _ end: Duration
    ) -> Decision? {
        guard let fault = rule.action.fault(at: number) else { return nil }
        var hash = StableHash(seed: key.hash(seed: seed))
        hash.combine(UInt64(number))
        return Decision(
            rule: rule.id,
            key: key,
            number: number,
            fault: fault,
            isDryRun: rule.isDryRun,
            connection: rule.match.connection,
            end: end,
            seed: hash.value
        )
    }

    /// One draw, once a call: two dice for one probability would make it another one.
    private static func isLucky(_ probability: Double, _ seed: UInt64) -> Bool {
        // Another row of draws than the fault's own, which must not begin with the one that let it happen.
        var dice = Draws(~seed)
        return dice.unit() < probability
    }
}

/// What a rule has done so far.
public struct RuleReport: Sendable, Hashable {
    /// The rule.
    public let rule: String
    /// Whether it is in force.
    public let isLive: Bool
    /// Whether it only says what it would do.
    public let isDryRun: Bool
    /// How long it is still in force.
    public let remaining: Duration
    /// How many calls it matched and counted.
    public let matched: Int
    /// How many it acted on, or would have.
    public let acted: Int
    /// How many it is acting on.
    public let inFlight: Int
    /// How many it left alone, by reason.
    public let refusals: [String: Int]
}
