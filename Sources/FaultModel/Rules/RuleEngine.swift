public import CRICatalog

/// The rules in force and their counts: decides, and does nothing else.
///
/// Time is whatever clock the caller has, as the distance from some beginning; it must not go backwards. A decision
/// is a function of seed, rule, key and the key's count, so the order in which concurrent calls arrive does not
/// change what happens to any of them. Windows, budgets and ``FaultRule/Counting/rule`` are the exceptions.
///
/// Memory is bounded: at most ``ruleLimit`` rules with ``RuleState/keyLimit`` counts each.
public struct RuleEngine: Sendable {
    /// More rules are refused.
    public static let ruleLimit = 1024

    /// Where all randomness starts.
    public let seed: UInt64
    /// What no rule touches unless it says so.
    public var protection: Protection
    /// What an earlier run decided, and this one is to decide again; without it the rules decide.
    public var replay: Replay?
    private(set) var states: [RuleState] = []
    private let catalog: Catalog

    /// Creates an engine without rules.
    public init(seed: UInt64 = 0, protection: Protection = Protection(), catalog: Catalog = .cri) {
        self.seed = seed
        self.protection = protection
        self.catalog = catalog
    }

    // MARK: - Rules

    /// Puts a rule in force; one with the same id is replaced and starts anew. `false` when there are too many.
    public mutating func arm(_ rule: FaultRule, at now: Duration) -> Bool {
        let state = RuleState(rule, armedAt: now, seed: seed, recorded: replay?.turns(of: rule.id))
        if let index = states.firstIndex(where: { $0.rule.id == rule.id }) {
            states[index] = state
            return true
        }
        // Those that have ended are kept to be looked at, and only while there is room.
        if states.count >= Self.ruleLimit { states.removeAll { !$0.isLive(at: now) } }
        guard states.count < Self.ruleLimit else { return false }
        states.append(state)
        return true
    }

    /// Takes a rule out of force. `false` when there is none with this id.
    public mutating func disarm(_ id: String) -> Bool {
        guard let index = states.firstIndex(where: { $0.rule.id == id }) else { return false }
        states.remove(at: index)
        return true
    }

    /// Has these rules be asked in this order, in the places that they have together; the others keep theirs.
    public mutating func order(_ ids: [String]) {
        let known = Dictionary(states.map { ($0.rule.id, $0) }) { first, _ in first }
        let wanted = ids.compactMap { known[$0] }
        let places = states.indices.filter { ids.contains(states[$0].rule.id) }
        for (place, state) in zip(places, wanted) { states[place] = state }
    }

    /// Takes all rules out of force.
    public mutating func disarmAll() { states.removeAll() }

    /// The rules in force.
    public func liveRules(at now: Duration) -> [FaultRule] { states.filter { $0.isLive(at: now) }.map(\.rule) }

    /// When the next rule ends; `nil` when none is live.
    public func nextEnd(after now: Duration) -> Duration? {
        states.filter { $0.isLive(at: now) }.map(\.end).min()
    }

    /// What each rule has done so far.
    public func reports(at now: Duration) -> [RuleReport] { states.map { $0.report(at: now) } }

    /// The rules that were armed and not disarmed since, those that have ended included.
    public var rules: [FaultRule] { states.map(\.rule) }

    // MARK: - Decisions

    /// Decides about a call. Ask again with the request's message when the verdict wants it; ask no call twice
    /// otherwise, for every matching one is counted.
    public mutating func decide(_ facts: CallFacts, at now: Duration) -> Verdict {
        var outcomes: [(index: Int, outcome: Match.Outcome)] = []
        var isUndecided = false
        for index in states.indices where states[index].isLive(at: now) && !states[index].rule.isAboutConnections {
            var outcome = states[index].rule.match.evaluate(facts, catalog: catalog)
            // An earlier answer is one to the same request.
            if outcome == .matches, facts.request == .pending, states[index].rule.repeatsAnswers {
                outcome = .undecided
            }
            if outcome == .undecided { isUndecided = true }
            outcomes.append((index, outcome))
        }
        if isUndecided {
            let holdsHeaders = outcomes.contains { index, outcome in
                outcome.mayMatch && states[index].rule.action.faults.contains(where: \.changesRequestHeaders)
            }
            return .needsRequest(holdsHeaders: holdsHeaders)
        }
        var decisions: [Decision] = []
        for (index, outcome) in outcomes {
            switch outcome {
            case .differs(let criterion): states[index].refuse(.differs(criterion))
            case .undecided: continue
            case .matches: consider(index, facts, at: now, &decisions)
            }
        }
        return decisions.isEmpty ? .pass : .act(decisions)
    }

    /// One fault and one bandwidth can be on a call together; of others the first rule's counts.
    private mutating func consider(_ index: Int, _ facts: CallFacts, at now: Duration, _ decisions: inout [Decision]) {
        let rule = states[index].rule
        if let reason = protection.reason(toSpare: facts.subject ?? Subject(), from: rule.match) {
            states[index].refuse(.protected(reason))
            return
        }
        if let decision = states[index].decide(facts.key, at: now, isFree: Self.room(beside: decisions)) {
            decisions.append(decision)
        }
    }

    private static func room(beside decisions: [Decision]) -> (Fault) -> Bool {
        let taken = decisions.filter { !$0.isDryRun }.map(\.fault.isBandwidth)
        return { !taken.contains($0.isBandwidth) }
    }

    /// Decides about a connection: what the rules that are about connections as such have for it at this moment.
    ///
    /// - Parameter connection: which of kubelet's it is; `nil` while that cannot be told, and then only rules that are
    ///   about all connections count.
    /// - Parameter id: the only rule that is asked; `nil` for all. A connection that is there when a rule is armed has
    ///   had its moment with the others.
    public mutating func decide(
        connection: CallFacts.Connection?,
        _ moment: ConnectionMoment,
        at now: Duration,
        only id: String? = nil
    ) -> [Decision] {
        var decisions: [Decision] = []
        for index in states.indices where states[index].isLive(at: now) && states[index].rule.isAboutConnections {
            let rule = states[index].rule
            guard id == nil || id == rule.id else { continue }
            guard moment.concerns(rule.match.connection, connection) else { continue }
            let key = CallKey(connection: connection)
            let decision = states[index].decide(key, at: now) { moment.allows($0) && decisions.isEmpty }
            if let decision { decisions.append(decision) }
        }
        return decisions
    }

    /// Says why each rule would or would not act on a call, without counting it. A rule before another may have the call.
    public func explain(_ facts: CallFacts, at now: Duration) -> [(rule: String, refusal: Refusal?)] {
        var decisions: [Decision] = []
        return states.map { state in
            let turn = next(state, facts, decisions, at: now)
            switch turn {
            case .refused(let refusal): return (state.rule.id, refusal)
            case .hit(let decision):
                decisions.append(decision)
                return (state.rule.id, nil)
            }
        }
    }

    private func next(
        _ state: RuleState,
        _ facts: CallFacts,
        _ decisions: [Decision],
        at now: Duration
    ) -> RuleState.Turn {
        guard state.isLive(at: now) else { return .refused(.ended) }
        if state.rule.isAboutConnections { return .refused(.connections) }
        switch state.rule.match.evaluate(facts, catalog: catalog) {
        case .differs(let criterion): return .refused(.differs(criterion))
        case .undecided: return .refused(.differs(.request))
        case .matches:
            if let reason = protection.reason(toSpare: facts.subject ?? Subject(), from: state.rule.match) {
                return .refused(.protected(reason))
            }
            return state.next(facts.key, at: now, isFree: Self.room(beside: decisions))
        }
    }

    /// Whether a live rule may want to give the answer of a call like this one again.
    public func repeatsAnswers(of facts: CallFacts) -> Bool {
        states.contains { state in
            state.rule.repeatsAnswers && state.rule.match.methods.admits(facts.method)
        }
    }

    /// What a rule asks of calls.
    public func match(of rule: String) -> Match? { states.first { $0.rule.id == rule }?.rule.match }

    /// Gives back what a decision took from its rule's budget: the fault is over.
    public mutating func ended(_ decision: Decision) {
        guard let index = states.firstIndex(where: { $0.rule.id == decision.rule }) else { return }
        states[index].ended(decision)
    }
}

extension FaultRule {
    /// Whether it may give an earlier answer again.
    fileprivate var repeatsAnswers: Bool { action.faults.contains(where: \.isStale) }
}

extension Match.Outcome {
    var mayMatch: Bool {
        switch self {
        case .matches, .undecided: true
        case .differs: false
        }
    }
}

extension Fault {
    /// Whether it is a bandwidth, which can be on a call beside another fault.
    public var isBandwidth: Bool { if case .bandwidth = self { true } else { false } }
    /// Whether it sends the request once more.
    public var isDuplicate: Bool { if case .duplicate = self { true } else { false } }
    var isStale: Bool { if case .stale = self { true } else { false } }
}
