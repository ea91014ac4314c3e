internal import CRICatalog
internal import FaultModel
internal import Synchronization

@testable internal import FaultProxy

/// One rule about every call, with the fault that a byte chooses.
final class FuzzRules: FaultDecider {
    private static let faults: [Fault] = [
        .delay(Delay(.fixed(.milliseconds(5)))), .delay(Delay(.fixed(.milliseconds(5)), .after)),
        .error(RPCStatus(.unavailable, "no")), .loseResponse(.atDeadline), .loseResponse(.reset(.cancel)), .late,
        .cancel(Cancel(.after(.milliseconds(1)))), .cancel(Cancel(.responseMessage, client: .hang)),
        .cancel(Cancel(.requestHeaders)), .hang(.before), .hang(.after), .deadline(.seconds(1)), .noOp(NoOp()),
        .duplicate(Duplicate()), .code(RPCStatus(.internal, "x")), .truncate(Truncate(bytes: 3)),
        .stale(Stale(age: .zero)), .reset(Reset(.refusedStream)), .reset(Reset(.cancel, .responseMessage)),
        .goAway(GoAway()), .drop(Drop()), .blackhole, .bandwidth(Bandwidth(bytesPerSecond: 1000, chunk: 7)),
        .stream(StreamFault(.swallow)), .stream(StreamFault(.hold(.milliseconds(3)))),
        .stream(StreamFault(.reorder(2))), .stream(StreamFault(.repeat(3))), .stream(StreamFault(.endEarly)),
        .mutate(Mutate(.request, [])), .mutate(Mutate(.response, [])),
    ]

    private let engine: Mutex<RuleEngine>

    init(_ choice: UInt8) {
        var engine = RuleEngine(seed: 1)
        let fault = Self.faults[Int(choice) % Self.faults.count]
        let match = Match(methods: [Glob("*")], includesNodeCalls: true)
        _ = engine.arm(FaultRule("rule", match, fault), at: .zero)
        self.engine = Mutex(engine)
    }

    /// Decisions that have not been given back.
    var inFlight: Int { engine.withLock { $0.reports(at: .zero).reduce(0) { $0 + $1.inFlight } } }

    var isArmed: Bool { true }

    func decide(_ facts: CallFacts, at now: UInt64) -> Verdict {
        engine.withLock { $0.decide(facts, at: .nanoseconds(Int64(clamping: now))) }
    }

    func subject(of rpc: RPC, request: [UInt8]) -> Subject? {
        try? SubjectReader().subject(of: rpc, request: request, index: ObjectIndex())
    }

    func answer(for key: CallKey, olderThan age: Duration, at now: UInt64) -> [UInt8]? { [1, 2, 3] }
    func observes(_ facts: CallFacts) -> Bool { false }
    func observed(_ facts: CallFacts, request: [UInt8], response: [UInt8], at now: UInt64) {}
    func spares(_ message: String, _ item: [UInt8], rule: String) -> Bool { false }
    func ended(_ decision: Decision) { engine.withLock { $0.ended(decision) } }
}
