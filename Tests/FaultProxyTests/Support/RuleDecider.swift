import CRICatalog
import FaultModel
import Synchronization

@testable import FaultProxy

/// Decides by the rules of an engine, as the relay does.
final class RuleDecider: FaultDecider {
    private struct State {
        var engine: RuleEngine
        var index = ObjectIndex()
        var answers: [CallKey: [UInt8]] = [:]
        var asked: [CallFacts] = []
        var ended: [Decision] = []
        var isArmed = true
    }

    private let state: Mutex<State>
    private let observesAll: Bool

    /// - Parameter observesAll: whether it wants to see the messages of every call, as a relay does of those that tell
    ///   ids.
    init(_ rules: [FaultRule], seed: UInt64 = 1, index: ObjectIndex = ObjectIndex(), observesAll: Bool = false) {
        self.observesAll = observesAll
        var engine = RuleEngine(seed: seed)
        for rule in rules { _ = engine.arm(rule, at: .zero) }
        state = Mutex(State(engine: engine, index: index))
    }

    var isArmed: Bool { state.withLock { $0.isArmed } }
    var ended: [Decision] { state.withLock { $0.ended } }
    var asked: [CallFacts] { state.withLock { $0.asked } }
    var reports: [RuleReport] { state.withLock { $0.engine.reports(at: .zero) } }

    func disarm() {
        state.withLock { state in
            state.engine.disarmAll()
            state.isArmed = false
        }
    }

    func decide(_ facts: CallFacts, at now: UInt64) -> Verdict {
        state.withLock { state in
            state.asked.append(facts)
            return state.engine.decide(facts, at: .nanoseconds(Int64(now)))
        }
    }

    func subject(of rpc: RPC, request: [UInt8]) -> Subject? {
        state.withLock { try? SubjectReader().subject(of: rpc, request: request, index: $0.index) }
    }

    func remember(_ answer: [UInt8], for method: String) {
        state.withLock { state in
            guard let rpc = Catalog.cri.rpc(named: method) else { return }
            state.answers[CallFacts(path: rpc.path).key] = answer
        }
    }

    func answer(for key: CallKey, request: [UInt8], olderThan age: Duration, at now: UInt64) -> [UInt8]? {
        state.withLock { $0.answers[key] }
    }

    func observes(_ facts: CallFacts) -> Bool { observesAll }
    func observed(_ facts: CallFacts, request: [UInt8], response: [UInt8], at now: UInt64) {}
    func spares(_ message: String, _ item: [UInt8], rule: String) -> Bool { false }

    func ended(_ decision: Decision) {
        state.withLock { state in
            state.engine.ended(decision)
            state.ended.append(decision)
        }
    }
}
