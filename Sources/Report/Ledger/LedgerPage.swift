internal import FaultProxy
internal import Histogram

/// What the template is filled with: everything already text.
struct LedgerPage {
    struct Count { let tone, count, word: String }
    struct Rule { let name, touched, dry, faults, notExecuted, unanswered: String }
    struct Method { let name, calls, touched, failed, unanswered, p50, p99: String }
    struct Call {
        let at, path, key, rule, fault, reached, executed, told, said, took, added: String
        let tone: String
        let note: String?
    }
    struct Fact { let name, value: String }

    let word, tone, rest, sentence, startedAt: String
    let more: [String]
    let counts: [Count]
    let hasProblems: Bool
    let problems: [String]
    let hasTimeline: Bool
    let timeline: Timeline
    let hasRules: Bool
    let rules: [Rule]
    let methods: [Method]
    let hasCalls: Bool
    let calls: [Call]
    let callText: String
    let facts: [Fact]

    init(_ summary: LedgerSummary, _ files: [String]) {
        let words = LedgerSentences(summary)
        word = words.word
        tone = words.tone
        rest = words.rest
        sentence = words.sentence
        more = words.more
        startedAt = summary.calls > 0 ? LedgerText.clock(summary.firstTime) : "no time"
        counts = [
            ("", summary.calls, summary.calls == 1 ? "call" : "calls"), ("deviation", summary.touched, "touched"),
            ("fail", summary.failed, "of them not OK"), ("fail", summary.notExecuted, "not executed"),
            ("fail", summary.unanswered, "executed, answer lost or changed"),
            ("not-run", summary.unknown, "end in the runtime not seen"), ("not-run", summary.dry, "dry run only"),
        ].filter { $0.1 > 0 }.map { Count(tone: $0.0, count: "\($0.1)", word: $0.2) }
        problems = words.problems
        hasProblems = !problems.isEmpty
        hasTimeline = summary.calls > 0
        timeline = Timeline(summary)
        rules = summary.rules.sorted { ($1.value.touched, $0.key) < ($0.value.touched, $1.key) }.map { name, rule in
            Rule(
                name: name,
                touched: "\(rule.touched)",
                dry: "\(rule.dry)",
                faults: rule.faults.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                    .joined(separator: ", "),
                notExecuted: "\(rule.notExecuted)",
                unanswered: "\(rule.unanswered)"
            )
        }
        hasRules = !rules.isEmpty
        methods = summary.methods.sorted { ($1.value.calls, $0.key) < ($0.value.calls, $1.key) }.map { name, method in
            let isMeasured = method.untouched.totalCount > 0
            return Method(
                name: name.isEmpty ? "(no path)" : name,
                calls: "\(method.calls)",
                touched: "\(method.touched)",
                failed: "\(method.failed)",
                unanswered: "\(method.unanswered)",
                p50: isMeasured ? LedgerText.time(method.untouched.valueAtPercentile(50)) : "-",
                p99: isMeasured ? LedgerText.time(method.untouched.valueAtPercentile(99)) : "-"
            )
        }
        calls = summary.shown.map { Self.call($0, since: summary.firstTime) }
        hasCalls = !calls.isEmpty
        let decided = summary.touched + summary.dry
        callText =
            decided > calls.count
            ? "The first \(calls.count) of \(decided) calls that a rule decided about; all of them are in the ledger."
            : "All \(calls.count) calls that a rule decided about, dry runs included."
        facts = Self.facts(summary, files)
    }

    private static func call(_ call: RecordedCall, since start: Double) -> Call {
        let applied = call.decisions.filter { !$0.isDryRun }
        let decisions = applied.isEmpty ? call.decisions : applied
        func joined(_ part: (RecordedCall.Decision) -> String) -> String {
            Text.line(decisions.map(part).joined(separator: ", "), 400)
        }
        let said: String? =
            if let runtime = call.runtime {
                LedgerText.answer(runtime.answer)
            } else {
                // What just passes is not looked at twice.
                applied.isEmpty && call.execution == .yes ? LedgerText.answer(call.answer) : nil
            }
        let isTold = said == LedgerText.answer(call.answer)
        return Call(
            at: "+\(Duration.milliseconds(Int64(max(0, call.began - start))).shortText)",
            path: Text.line(call.method.isEmpty ? "(no path)" : call.method, 120),
            key: joined { "\($0.key), no. \($0.number)" },
            rule: joined(\.rule),
            fault: joined(\.fault) + (applied.isEmpty ? " (dry run)" : ""),
            reached: call.execution == .no ? "no" : "yes",
            executed: call.execution == .unknown ? "not known" : call.execution.rawValue,
            told: LedgerText.answer(call.answer),
            said: said ?? (call.execution == .no ? "never asked" : "not seen"),
            took: LedgerText.time(call.microseconds),
            added: applied.isEmpty ? "-" : call.addedMicroseconds.map(LedgerText.time) ?? "not known",
            tone: applied.isEmpty ? "not-run" : (isTold ? "deviation" : "fail"),
            note: call.note.map { Text.line($0, 80) }
        )
    }

    private static func facts(_ summary: LedgerSummary, _ files: [String]) -> [Fact] {
        var facts = files.map { Fact(name: "Ledger", value: $0) }
        if summary.calls > 0 {
            facts.append(Fact(name: "First call", value: LedgerText.clock(summary.firstTime)))
            facts.append(Fact(name: "Last call", value: LedgerText.clock(summary.lastTime)))
        }
        if summary.runs > 0 { facts.append(Fact(name: "Starts of a proxy", value: "\(summary.runs)")) }
        for seed in summary.seeds { facts.append(Fact(name: "Seed", value: seed)) }
        for (note, count) in summary.notes.sorted(by: { $0.key < $1.key }) {
            facts.append(Fact(name: "Note: \(note)", value: "\(count)"))
        }
        return facts
    }
}
