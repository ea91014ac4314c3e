internal import FaultModel
internal import Synchronization

/// The rules of a running proxy, and where they came from: a plan that can be read again, or someone's hand.
///
/// The kill switch wins over whatever arms rules at the same time.
public final class RuleBoard: Sendable {
    /// What a reload did.
    public struct Change: Sendable, Hashable {
        /// Rules that began, in the order of the plan.
        public var armed: [String] = []
        /// Rules of the plan that were in force as they are, and go on with their counts and their end.
        public var kept: [String] = []
        /// Rules that the plan has no longer.
        public var disarmed: [String] = []
    }

    /// How the plan stands.
    public struct PlanState: Sendable, Hashable {
        /// How often it was read and put in force.
        public var loads = 0
        /// How often it could not be.
        public var failures = 0
        /// Why the last reading failed; `nil` when it did not.
        public var lastProblem: PlanProblem?
    }

    private struct State {
        /// The rules of the plan as they were armed.
        var planned: [String: FaultRule] = [:]
        var plan = PlanState()
        var kills = 0
        var killedBy: String?
        var holder: String?
    }

    /// The rules the relay obeys.
    public let control: FaultControl
    /// The plan, if there is one.
    public let plan: PlanSource?
    /// Whether no rule does more than say what it would do.
    public let isDryRun: Bool
    private let reader: @Sendable (RuleText) throws(PlanProblem) -> RuleText.Reading
    private let state = Mutex(State())

    /// Creates a board.
    ///
    /// - Parameters:
    ///   - control: the rules of the relay.
    ///   - plan: what ``reload()`` reads.
    ///   - isDryRun: whether every rule only says what it would do, whatever it says itself.
    ///   - reader: reads the rules that ``arm(_:)`` is given as text.
    public init(
        _ control: FaultControl,
        plan: PlanSource? = nil,
        isDryRun: Bool = false,
        reader: @escaping @Sendable (RuleText) throws(PlanProblem) -> RuleText.Reading
    ) {
        self.control = control
        self.plan = plan
        self.isDryRun = isDryRun
        self.reader = reader
    }

    /// How the plan stands; `nil` without one.
    public var planState: PlanState? { plan.map { _ in state.withLock { $0.plan } } }

    /// Who used the kill switch last, if no rule was armed since.
    public var killedBy: String? { state.withLock { $0.killedBy } }

    /// Who keeps rules from being armed, if anybody does.
    public var holder: String? { state.withLock { $0.holder } }

    // MARK: - Arming

    /// Reads the plan and has its rules be those in force, besides what was armed by hand. A rule that is in force just
    /// as the plan has it goes on; a bad plan changes nothing.
    ///
    /// - Throws: what is wrong with the plan, or that there is none.
    @discardableResult
    public func reload() throws(PlanProblem) -> Change {
        guard let plan else {
            throw PlanProblem(["the proxy was started without a plan: there is nothing to reload"], kind: .notNow)
        }
        let kills = state.withLock { $0.kills }
        do {
            let rules = dry(try plan.read())
            return try state.withLock { state throws(PlanProblem) in
                try Self.check(rules, beside: control, replacing: Set(state.planned.keys), &state, kills)
                let change = apply(rules, &state)
                state.plan.loads += 1
                state.plan.lastProblem = nil
                return change
            }
        } catch {
            state.withLock { state in
                state.plan.failures += 1
                state.plan.lastProblem = error
            }
            throw error
        }
    }

    /// Arms the rules of a text, all or none.
    ///
    /// - Returns: what was armed.
    /// - Throws: what is wrong with them.
    @discardableResult
    public func arm(_ text: RuleText) throws(PlanProblem) -> RuleText.Reading {
        let kills = state.withLock { $0.kills }
        var reading = try reader(text)
        reading.rules = dry(reading.rules)
        let rules = reading.rules
        try state.withLock { state throws(PlanProblem) in
            try Self.check(rules, beside: control, replacing: [], &state, kills)
            // Many plans call a rule by its RPC, and who arms a second one may want both.
            let live = Set(control.reports.filter(\.isLive).map(\.rule))
            for rule in rules where live.contains(rule.id) {
                reading.notes.append("the rule '\(rule.id)' that was in force is replaced by this one")
            }
            for rule in rules {
                state.planned[rule.id] = nil
                control.arm(rule)
            }
            if !rules.isEmpty { state.killedBy = nil }
        }
        return reading
    }

    /// Takes a rule out of force. `false` when there is none with this id.
    @discardableResult
    public func disarm(_ id: String) -> Bool {
        state.withLock { state in
            state.planned[id] = nil
            return control.disarm(id)
        }
    }

    // MARK: - The kill switch

    /// No rule is in force any more, those that are just being read included.
    ///
    /// - Parameter who: whom to name as the one who did it.
    public func kill(by who: String) {
        state.withLock { state in
            state.kills += 1
            state.killedBy = who
            state.planned = [:]
            control.kill()
        }
    }

    /// Keeps rules from being armed until it is called with `nil`.
    public func hold(by who: String?) { state.withLock { $0.holder = who } }

    // MARK: -

    private func dry(_ rules: [FaultRule]) -> [FaultRule] {
        guard isDryRun else { return rules }
        return rules.map { rule in
            var rule = rule
            rule.isDryRun = true
            return rule
        }
    }

    private static func check(
        _ rules: [FaultRule],
        beside control: FaultControl,
        replacing replaced: Set<String>,
        _ state: inout State,
        _ kills: Int
    ) throws(PlanProblem) {
        if let holder = state.holder { throw PlanProblem(["no rule can be armed: \(holder)"], kind: .notNow) }
        guard state.kills == kills else {
            throw PlanProblem(["the kill switch was used meanwhile: nothing was armed"], kind: .notNow)
        }
        let staying = control.reports.filter { $0.isLive && !replaced.contains($0.rule) }.map(\.rule)
        let count = Set(staying).union(rules.map(\.id)).count
        guard count <= RuleEngine.ruleLimit else {
            throw PlanProblem(["\(count) rules are too many: at most \(RuleEngine.ruleLimit) can be in force"])
        }
    }

    private func apply(_ rules: [FaultRule], _ state: inout State) -> Change {
        var change = Change()
        let live = Set(control.reports.filter(\.isLive).map(\.rule))
        let wanted = Set(rules.map(\.id))
        for id in state.planned.keys.sorted() where !wanted.contains(id) {
            if control.disarm(id) { change.disarmed.append(id) }
        }
        for rule in rules {
            if state.planned[rule.id] == rule, live.contains(rule.id) {
                change.kept.append(rule.id)
            } else {
                control.arm(rule)
                change.armed.append(rule.id)
            }
        }
        // As a proxy that begins with this plan would ask them.
        control.order(rules.map(\.id))
        state.planned = Dictionary(rules.map { ($0.id, $0) }) { $1 }
        if !rules.isEmpty { state.killedBy = nil }
        return change
    }
}
