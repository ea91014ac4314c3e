import CRICatalog
import FaultModel
import Synchronization
import Testing

@testable import FaultProxy

struct MetricsTests {
    @Test func `Methods from outside are bounded`() {
        let metrics = RelayMetrics()
        for number in 0..<1000 {
            metrics.count(CallRecord(stream: 1, path: Array("/s/\(number)".utf8), began: 0))
        }
        let snapshot = metrics.snapshot
        #expect(snapshot.methods.count == RelayMetrics.methodLimit + 1)
        #expect(snapshot.methods["other"]?.plain.count == 1000 - RelayMetrics.methodLimit)
    }

    @Test func `A name that breaks the format is escaped, and rules say why they left calls alone`() throws {
        let metrics = RelayMetrics()
        metrics.count(CallRecord(stream: 1, path: Array("/a\"\\\nb".utf8), began: 0))
        let decider = RuleDecider([Scene.rule("Status", .late)])
        _ = decider.decide(CallFacts(path: "/runtime.v1.RuntimeService/Version"), at: 0)
        let ledger = LedgerReport(written: 5, dropped: 2, failed: 1)
        let text = MetricsText(metrics.snapshot, rules: decider.reports, connections: 0, ledger: ledger).text
        #expect(text.contains(#"method="/a\"\\\nb""#))
        #expect(text.contains(#"crisol_proxy_rule_refused_total{rule="late",reason="no-match-method"} 1"#))
        #expect(text.contains(#"crisol_proxy_ledger_dropped_total{reason="too-slow"} 2"#))
        #expect(text.contains(#"crisol_proxy_ledger_dropped_total{reason="not-writable"} 1"#))
        #expect(text.contains(#"crisol_proxy_rule_remaining_seconds{rule="late"}"#))
        #expect(text.split(separator: "\n").allSatisfy { $0.hasPrefix("#") || $0.split(separator: " ").count >= 2 })
    }
}

/// What a record says of calls that faults had hold of.
struct ExecutionRecordTests {
    private final class Recorder: LinkObserver {
        private let state = Mutex<[CallRecord]>([])
        var last: CallRecord? { state.withLock { $0.last } }
        func callEnded(_ record: CallRecord) { state.withLock { $0.append(record) } }
    }

    private func record(_ fault: Fault, answers: Bool = true) -> CallRecord? {
        let recorder = Recorder()
        let scene = Scene(Scene.rule("ListContainers", fault), observer: recorder)
        scene.call("ListContainers", 1)
        if answers { scene.answer(1) }
        return recorder.last
    }

    @Test func `It says whether the runtime executed the call`() {
        #expect(record(.error(RPCStatus(.unavailable)))?.execution == .no)
        #expect(record(.noOp(NoOp()))?.execution == .no)
        #expect(record(.loseResponse(.status(RPCStatus(.unavailable))))?.execution == .yes)
        #expect(record(.cancel(Cancel(.requestSent)), answers: false)?.execution == .unknown)
        #expect(record(.code(RPCStatus(.aborted)))?.execution == .yes)
    }

    @Test func `It says which rule it was, and what could not be done`() {
        let record = record(.stale(Stale(age: .zero)))
        #expect(record?.decisions.map(\.rule) == ["stale"])
        #expect(record?.note == .nothingStale)
        #expect(record?.ending == .answered(status: 0))
    }
}
