internal import CRICatalog
public import FaultModel
internal import NIOCore
internal import Synchronization

/// The rules of a relay: armed, disarmed and asked about from anywhere, obeyed on all its connections.
///
/// Time is NIO's monotonic clock.
public final class FaultControl: Sendable {
    private struct State {
        var engine: RuleEngine
        var index = ObjectIndex()
        var answers = AnswerStore()
    }

    private let state: Mutex<State>
    private let armed = Atomic<Bool>(false)
    private let listeners = Mutex<(next: Int, all: [Int: @Sendable (RuleChange) -> Void])>((0, [:]))

    /// Creates rules that are none yet.
    ///
    /// - Parameters:
    ///   - seed: where all randomness starts; the same seed makes the same decisions.
    ///   - protection: the pods no rule touches unless it names them.
    ///   - replay: the calls that an earlier run hit, and this one is to hit again.
    public init(seed: UInt64 = 0, protection: Protection = Protection(), replay: Replay? = nil) {
        var engine = RuleEngine(seed: seed, protection: protection)
        engine.replay = replay
        state = Mutex(State(engine: engine))
        self.seed = seed
    }

    /// Where all randomness starts.
    public let seed: UInt64

    private static var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

    // MARK: - Rules

    /// Puts a rule in force, in place of one with the same id. `false` when there are too many.
    @discardableResult
    public func arm(_ rule: FaultRule) -> Bool {
        let isArmed = state.withLock { $0.engine.arm(rule, at: .nanoseconds(Int64(clamping: Self.now))) }
        guard isArmed else { return false }
        armed.store(true, ordering: .releasing)
        tell(.armed(rule.id))
        return true
    }

    /// Takes a rule out of force and lets go of everything it holds. `false` when there is none with this id.
    @discardableResult
    public func disarm(_ id: String) -> Bool {
        let isDisarmed = state.withLock { state in
            let isDisarmed = state.engine.disarm(id)
            let isLive = state.engine.nextEnd(after: .nanoseconds(Int64(clamping: Self.now))) != nil
            armed.store(isLive, ordering: .releasing)
            return isDisarmed
        }
        if isDisarmed { tell(.disarmed(id)) }
        return isDisarmed
    }

    /// Has rules be asked in this order; those that are not named stay in their places.
    func order(_ ids: [String]) { state.withLock { $0.engine.order(ids) } }

    /// The kill switch: no rule is in force any more, and everything held goes on (relay-contract 20).
    public func kill() {
        state.withLock { state in
            state.engine.disarmAll()
            state.answers.removeAll()
            armed.store(false, ordering: .releasing)
        }
        tell(.killed)
    }

    /// What each rule has done so far.
    public var reports: [RuleReport] {
        state.withLock { $0.engine.reports(at: .nanoseconds(Int64(clamping: Self.now))) }
    }

    /// The rules that were armed and not disarmed since, those that have ended included, each with what it has done.
    public var rules: [(rule: FaultRule, report: RuleReport)] {
        state.withLock { state in
            Array(zip(state.engine.rules, state.engine.reports(at: .nanoseconds(Int64(clamping: Self.now)))))
        }
    }

    /// Why each rule would or would not act on a call, without counting it.
    public func explain(_ facts: CallFacts) -> [(rule: String, refusal: Refusal?)] {
        var facts = facts
        if facts.subject == nil, case .message(let bytes) = facts.request, let rpc = facts.rpc {
            facts.subject = subject(of: rpc, request: bytes)
        }
        return state.withLock { $0.engine.explain(facts, at: .nanoseconds(Int64(clamping: Self.now))) }
    }

    /// How many pods and containers are known by their ids.
    public var indexedObjects: Int { state.withLock { $0.index.count } }

    // MARK: - The relay's side

    /// Something that links have to hear of.
    enum RuleChange: Sendable {
        case armed(String)
        case disarmed(String)
        case killed
    }

    /// Calls the listener at every change until it is told to stop by the key this returns.
    func listen(_ listener: @escaping @Sendable (RuleChange) -> Void) -> Int {
        listeners.withLock { listeners in
            listeners.next += 1
            listeners.all[listeners.next] = listener
            return listeners.next
        }
    }

    func stopListening(_ key: Int) { listeners.withLock { $0.all[key] = nil } }

    private func tell(_ change: RuleChange) {
        for listener in listeners.withLock({ Array($0.all.values) }) { listener(change) }
    }

    /// - Parameter rule: the only one that is asked, where not all are.
    func decide(
        connection: CallFacts.Connection?,
        _ moment: ConnectionMoment,
        only rule: String? = nil
    ) -> [Decision] {
        guard isArmed else { return [] }
        return state.withLock {
            $0.engine.decide(connection: connection, moment, at: .nanoseconds(Int64(clamping: Self.now)), only: rule)
        }
    }

    /// Whether a rule that decided something is still there to do it, and its time not over.
    func stillWants(_ rule: String, until end: Duration) -> Bool {
        guard isArmed, .nanoseconds(Int64(clamping: Self.now)) < end else { return false }
        return state.withLock { state in state.engine.match(of: rule) != nil }
    }

    /// Learns from an answer, of a call that passed or of one of the relay's own.
    func learn(from rpc: RPC, request: [UInt8], response: [UInt8]) {
        state.withLock { $0.index.learn(from: rpc, request: request, response: response) }
    }
}

extension FaultControl: FaultDecider {
    var isArmed: Bool { armed.load(ordering: .relaxed) }

    func decide(_ facts: CallFacts, at now: UInt64) -> Verdict {
        state.withLock { state in
            let time = Duration.nanoseconds(Int64(clamping: now))
            let verdict = state.engine.decide(facts, at: time)
            // The last rule has ended by itself: calls need not ask any more.
            if case .pass = verdict, state.engine.nextEnd(after: time) == nil {
                armed.store(false, ordering: .releasing)
            }
            return verdict
        }
    }

    func subject(of rpc: RPC, request: [UInt8]) -> Subject? {
        // A copy is a reference; reading a message takes longer than the lock should be held.
        let index = state.withLock { $0.index }
        return try? SubjectReader().subject(of: rpc, request: request, index: index)
    }

    func answer(for key: CallKey, request: [UInt8], olderThan age: Duration, at now: UInt64) -> [UInt8]? {
        state.withLock { $0.answers.answer(for: key, request: request, olderThan: age, at: now) }
    }

    func observes(_ facts: CallFacts) -> Bool {
        guard let rpc = facts.rpc else { return false }
        if ObjectIndex.tells(rpc) { return true }
        return state.withLock { $0.engine.repeatsAnswers(of: facts) }
    }

    func observed(_ facts: CallFacts, request: [UInt8], response: [UInt8], at now: UInt64) {
        guard let rpc = facts.rpc else { return }
        if ObjectIndex.tells(rpc) { learn(from: rpc, request: request, response: response) }
        var facts = facts
        if facts.subject == nil { facts.subject = subject(of: rpc, request: request) }
        state.withLock { state in
            guard state.engine.repeatsAnswers(of: facts) else { return }
            state.answers.record(response, for: facts.key, request: request, at: now)
        }
    }

    func spares(_ message: String, _ item: [UInt8], rule: String) -> Bool {
        state.withLock { state in
            guard let match = state.engine.match(of: rule) else { return true }
            return ItemProtection(state.index, state.engine.protection).spares(message, item, from: match)
        }
    }

    func ended(_ decision: Decision) { state.withLock { $0.engine.ended(decision) } }
}
