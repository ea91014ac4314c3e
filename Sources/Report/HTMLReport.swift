import Mustache
public import Outcome

/// One self-contained page: readable without network and script, in light and dark, on paper and aloud.
///
/// All text goes through the template's escaping; nothing a runtime says is ever markup.
public struct HTMLReport: Sendable {
    private let library: MustacheLibrary

    /// - Throws: when the built-in templates do not parse, which the tests rule out.
    public init() throws { library = try Templates.library() }

    /// The page.
    public func render(_ results: Results) -> String {
        Text.visible(library.render(HTMLPage(results), withTemplate: "report") ?? "")
    }
}

/// What the template is filled with: everything already text.
private struct HTMLPage {
    struct Count { let verdict, count: String }
    struct Fact { let name, value: String }
    struct Source {
        let text: String
        let url: String?
        let last: Bool
    }
    struct Row {
        let id, title, verdict, level, seconds: String
        let reason, rounds: String?
        let recorded: [Fact]
        let isRed: Bool
    }
    struct Suite {
        let name: String
        let cases: [Row]
    }
    struct Call { let sentAt, seconds, rpc, code, message, request, response: String }
    struct Red {
        let id, title, verdict, level, seconds, position: String
        let reason, why, rerun, rounds: String?
        let source: [Source]
        let failure: Failure?
        let hasCalls: Bool
        let callCount: String
        let calls: [Call]
        let evidence: [Evidence]
    }

    let word, tone, runtime, sentence, startedAt, run: String
    let counts: [Count]
    let hasFindings: Bool
    let findings: [Finding]
    let hasRed: Bool
    let red: [Red]
    let suites: [Suite]
    let facts: [Fact]

    init(_ results: Results) {
        let environment = results.environment
        word = results.verdict.word
        tone =
            switch results.verdict {
            case .pass: "pass"
            case .fail: "fail"
            // Never green when nothing is known.
            case .error, .nothingRan, .interrupted: "error"
            }
        runtime = environment.runtime.isEmpty ? "unknown runtime" : environment.runtime
        sentence = results.sentence
        startedAt = environment.startedAt
        run = environment.run
        counts = Verdict.allCases.compactMap { verdict in
            let count = results.summary[verdict.rawValue] ?? 0
            return count == 0 ? nil : Count(verdict: verdict.rawValue, count: "\(count)")
        }
        hasFindings = !results.findings.isEmpty
        findings = results.findings
        let broken = results.redCases
        hasRed = !broken.isEmpty
        red = broken.map(Self.red)
        suites = Self.suites(results.cases, red: Set(broken.map(\.id)))
        facts = Self.facts(environment)
    }

    private static func red(_ result: CaseResult) -> Red {
        Red(
            id: result.id,
            title: result.title,
            verdict: result.verdict.rawValue,
            level: result.level.rawValue,
            seconds: Text.seconds(result.seconds),
            position: result.position,
            // A failure's table says it already.
            reason: result.failure?.reason == result.reason ? nil : result.reason,
            why: result.why,
            rerun: result.rerun,
            rounds: result.roundsText,
            source: result.source.enumerated().map { index, text in
                Source(text: text, url: SourceLink.url(text), last: index == result.source.count - 1)
            },
            failure: result.failure,
            hasCalls: !result.calls.isEmpty,
            callCount: result.calls.count == 1 ? "1 call" : "\(result.calls.count) calls",
            calls: result.calls.map { call in
                Call(
                    sentAt: Text.seconds(call.sentAt),
                    seconds: Text.seconds(call.seconds),
                    rpc: call.rpc,
                    code: call.code,
                    message: Text.capped(call.message, 600),
                    request: Text.capped(call.request, 4000),
                    response: Text.capped(call.response, 4000)
                )
            },
            evidence: result.evidence.map { Evidence(title: $0.title, text: Text.capped($0.text, 40_000)) }
        )
    }

    private static func suites(_ cases: [CaseResult], red: Set<String>) -> [Suite] {
        var names: [String] = []
        var rows: [String: [Row]] = [:]
        for result in cases {
            if rows[result.suite] == nil { names.append(result.suite) }
            rows[result.suite, default: []].append(
                Row(
                    id: result.id,
                    title: result.title,
                    verdict: result.verdict.rawValue,
                    level: result.level.rawValue,
                    seconds: Text.seconds(result.seconds),
                    reason: result.reason.isEmpty ? nil : Text.capped(result.reason, 600),
                    rounds: result.roundsText,
                    recorded: recorded(result),
                    isRed: red.contains(result.id)
                )
            )
        }
        return names.map { Suite(name: $0, cases: rows[$0] ?? []) }
    }

    /// What the author of the case asked to show.
    private static func recorded(_ result: CaseResult) -> [Fact] {
        result.recorded.sorted { $0.key < $1.key }.map { Fact(name: $0.key, value: Text.capped($0.value, 600)) }
    }

    private static func facts(_ environment: Environment) -> [Fact] {
        var facts = [
            Fact(name: "Command", value: environment.commandLine),
            Fact(name: "crisol", value: environment.crisol),
            Fact(
                name: "Endpoint",
                value: environment.managed ? "\(environment.endpoint) (managed)" : environment.endpoint
            ),
            Fact(name: "Duration", value: "\(Text.seconds(environment.seconds)) s"),
            Fact(name: "Slack", value: "\(environment.slack)"),
        ]
        facts += environment.probes.sorted { $0.key < $1.key }.map { Fact(name: $0.key, value: $0.value) }
        facts += environment.node.sorted { $0.key < $1.key }.map { Fact(name: "node: \($0.key)", value: $0.value) }
        return facts
    }
}

extension Results {
    /// The cases shown in full; those that decide the verdict come first.
    var redCases: [CaseResult] {
        cases.filter { isDecided(by: $0) } + cases.filter { $0.isRed && !isDecided(by: $0) }
    }
}

extension CaseResult {
    /// Whether the report shows it in full, whatever decides the run.
    var isRed: Bool { [.fail, .ignored, .error, .deviation].contains(verdict) }
}
