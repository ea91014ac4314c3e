import CRICatalog
import FaultModel
import Foundation
import Testing

@testable import FaultProxy

/// relay-contract 12: after any number of calls under every fault both ends' windows equal what was granted.
struct FlowControlTests {
    private static let faults: [(String, Fault)] = [
        ("delay-before", .delay(Delay(.uniform(.zero, .milliseconds(90)), .before))),
        ("delay-after", .delay(Delay(.uniform(.zero, .milliseconds(90)), .after))),
        ("error", .error(RPCStatus(.unavailable, "x"))),
        ("lose-status", .loseResponse(.status(RPCStatus(.unavailable)))),
        ("lose-reset", .loseResponse(.reset(.internalError))),
        ("lose-deadline", .loseResponse(.atDeadline)),
        ("late", .late),
        ("cancel-after", .cancel(Cancel(.after(.milliseconds(20))))),
        ("cancel-headers", .cancel(Cancel(.requestHeaders))),
        ("cancel-sent", .cancel(Cancel(.requestSent, client: .hang))),
        ("cancel-message", .cancel(Cancel(.responseMessage))),
        ("hang-before", .hang(.before)),
        ("hang-after", .hang(.after)),
        ("deadline", .deadline(.milliseconds(10))),
        ("no-op", .noOp(NoOp(answer: Array(repeating: 1, count: 70_000)))),
        ("duplicate", .duplicate(Duplicate())),
        ("code", .code(RPCStatus(.aborted))),
        ("code-ok", .code(RPCStatus(.ok))),
        ("mutate-request", .mutate(Mutate(.request, [Mutation("", .pad(3000))]))),
        ("mutate-response", .mutate(Mutate(.response, [Mutation("", .pad(90_000))]))),
        ("stale", .stale(Stale(age: .zero))),
        ("stale-executed", .stale(Stale(age: .zero, isExecuted: true))),
        ("truncate", .truncate(Truncate(bytes: 2))),
        ("reset-begun", .reset(Reset(.refusedStream, .answerBegun))),
        ("reset-headers", .reset(Reset(.cancel, .responseHeaders))),
        ("reset-message", .reset(Reset(.cancel, .responseMessage))),
        ("bandwidth", .bandwidth(Bandwidth(bytesPerSecond: 200_000, chunk: 700))),
        ("stream-swallow", .stream(StreamFault(.swallow, messages: NumberSet("1+3")))),
        ("stream-hold", .stream(StreamFault(.hold(.milliseconds(30))))),
        ("stream-reorder", .stream(StreamFault(.reorder(4)))),
        ("stream-repeat", .stream(StreamFault(.repeat(5)))),
        ("stream-end", .stream(StreamFault(.endEarly, messages: NumberSet(3)))),
    ]

    /// One rule for each fault: by the method's name alone, and by a header; and one that needs the message.
    private static let rules: [FaultRule] =
        faults.map { name, fault in
            var rule = FaultRule(name, Match(methods: [Glob(name)], includesNodeCalls: true), fault)
            rule.ttl = .seconds(7200)
            rule.budget = .init(inFlight: .max, total: .max)
            return rule
        }
        + faults.map { name, fault in
            var rule = FaultRule(
                "message-" + name,
                Match(
                    methods: ["Status"],
                    metadata: [.init(":authority", "localhost")],
                    fields: [.init("verbose", "false")],
                    includesNodeCalls: true
                ),
                fault
            )
            rule.counting = .rule
            rule.numbers = NumberSet([.init(1, nil, step: 2)])
            rule.probability = 0.2
            rule.ttl = .seconds(7200)
            rule.budget = .init(inFlight: .max, total: .max)
            return rule
        }

    private static let methods =
        faults.map { "/sim.Service/\($0.0)" }
        + Array(repeating: "/sim.Service/nothing", count: 10)
        + Array(repeating: "/runtime.v1.RuntimeService/Status", count: 20)

    private static func run(seed: UInt64, calls: Int) async {
        let decider = RuleDecider(rules, seed: seed)
        decider.remember(Array(repeating: 0, count: 50_000), for: "Status")
        let simulation = Simulation(seed: seed, methods: methods, decider: decider)
        while simulation.opened < calls, simulation.complaints.isEmpty { await simulation.steps() }
        simulation.drain()
        let link = simulation.link
        #expect(simulation.complaints == [], "seed \(seed)")
        #expect(link.mode == .http2, "seed \(seed)")
        #expect(simulation.finished == simulation.opened, "seed \(seed)")
        #expect(link.exchanges.isEmpty, "seed \(seed): \(link.exchanges.keys.sorted())")
        #expect(link.calls.isEmpty, "seed \(seed)")
        #expect(link.request.flow == FlowAccount(), "seed \(seed)")
        #expect(link.response.flow == FlowAccount(), "seed \(seed)")
        #expect(simulation.client.sendWindow == 65_535, "seed \(seed)")
        #expect(simulation.client.receiveWindow == 65_535, "seed \(seed)")
        #expect(simulation.runtime.sendWindow == 65_535, "seed \(seed)")
        #expect(simulation.runtime.receiveWindow == 65_535, "seed \(seed)")
        // Every decision that was taken was given back.
        #expect(decider.reports.allSatisfy { $0.inFlight == 0 }, "seed \(seed)")
    }

    /// `CRISOL_SIMULATED_CALLS=1000000` runs as many as the contract asks for.
    private static let calls = ProcessInfo.processInfo.environment["CRISOL_SIMULATED_CALLS"].flatMap { Int($0) } ?? 6000

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `After many calls under every fault, both ends' windows equal what was granted`(seed: UInt64) async {
        await Self.run(seed: seed, calls: Self.calls / 20)
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `Without rules the accounts stay those of the peers`(seed: UInt64) async {
        let simulation = Simulation(seed: seed, methods: Self.methods, decider: NoRules())
        while simulation.opened < 200 { await simulation.steps() }
        simulation.drain()
        #expect(simulation.complaints == [])
        #expect(simulation.link.request.flow == FlowAccount())
        #expect(simulation.link.response.flow == FlowAccount())
    }
}

extension Simulation {
    /// Some steps, and then a turn for others: the tests beside it have deadlines, and few threads to keep them on.
    fileprivate func steps() async {
        for _ in 0..<50 { step(opening: true) }
        await Task.yield()
    }
}
