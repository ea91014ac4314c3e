import CRICatalog
import SuiteLanguage
import Testing

/// One case around the given steps, as a suite file.
func suiteText(steps: String, head: String = "") -> String {
    let indented = steps.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }
    return """
        suite: t
        title: Tests
        cases:
        - id: t.one
          title: One
          level: must
          source: kubelet
        \(head.isEmpty ? "" : head.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n") + "\n")  steps:
        \(indented.joined(separator: "\n"))

        """
}

/// What lint says about the steps, without the file's name.
func mistakes(steps: String, head: String = "") -> [String] {
    SuiteReader().read(text: suiteText(steps: steps, head: head), file: "t.yaml").diagnostics.map(\.message)
}

/// The first thing that does not hold when a call of `rpc` gives `result`; `nil` when all holds.
func mismatch(
    _ rpc: String,
    expect: String,
    in result: Record,
    slack: Double = 1,
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> Mismatch? {
    let text = suiteText(steps: "- call: \(rpc)\n  expect:\n    \(expect)")
    let (suite, diagnostics) = SuiteReader().read(text: text, file: "t.yaml")
    #expect(diagnostics == [], sourceLocation: sourceLocation)
    let step = try #require(suite?.cases.first?.steps.first, sourceLocation: sourceLocation)
    // Every expectation of an answer without a code is broken, whatever it asks.
    try #require(result["code"] != nil, sourceLocation: sourceLocation)
    let bindings = Bindings(slack: slack, catalog: .cri)
    return step.expectations.lazy.compactMap { $0.mismatch(in: .record(result), bindings) }.first
}
