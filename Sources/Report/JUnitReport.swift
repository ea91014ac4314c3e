public import Outcome

/// JUnit XML, as CI systems read it.
///
/// `fail`, `ignored` on a must, and the verdicts of `--fail-on` are failures; `error` is an error; `deviation`, and
/// `ignored` below a must, pass with a property; the rest are skipped with their reason. What ends a run badly and is no
/// case, such as a leak that no case answers for, is one element of a suite `run`. So exit 0 of `crisol run` means no failure
/// and no error element, and each other code that there is one, or that there is no report of this run.
public struct JUnitReport: Sendable {
    /// Creates the report.
    public init() {}

    /// The document.
    public func render(_ results: Results) -> String {
        var out = #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"
        let run = wholeRun(results)
        let total = Counts(results, results.cases, run?.outcome)
        out += "<testsuites name=\"crisol\"\(total.attributes) time=\"\(Text.seconds(results.environment.seconds))\">\n"
        var names: [String] = []
        for result in results.cases where !names.contains(result.suite) { names.append(result.suite) }
        for name in names {
            let cases = results.cases.filter { $0.suite == name }
            let time = cases.reduce(0) { $0 + $1.seconds }
            out +=
                "  <testsuite name=\"\(Self.escaped(name))\"\(Counts(results, cases).attributes) time=\"\(Text.seconds(time))\">\n"
            for result in cases { out += element(result, Outcome(result, in: results)) }
            out += "  </testsuite>\n"
        }
        if let run {
            out +=
                "  <testsuite name=\"run\"\(Counts(results, [], run.outcome).attributes)>\n\(run.element)  </testsuite>\n"
        }
        return out + "</testsuites>\n"
    }

    /// Why the run ends badly, when no case says so.
    private func wholeRun(_ results: Results) -> (outcome: Outcome, element: String)? {
        // A case of `--fail-on` says nothing of what the whole run lacks besides.
        let verdict = results.withoutFailOn ?? results.verdict
        let isFailure = verdict == .fail
        guard verdict != .pass, !results.cases.contains(where: { $0.breaksTheRun || $0.verdict == .error }) else {
            return nil
        }
        let tag = isFailure ? "failure" : "error"
        let text = results.findings.map { "\($0.title):\n\(Text.capped($0.text, 20_000))" }.joined(separator: "\n\n")
        let element =
            "    <testcase classname=\"run\" name=\"\(verdict.rawValue)\">"
            + "<\(tag) message=\"\(Self.escaped(Text.capped(results.sentence, 2000)))\">\(Self.escaped(text))</\(tag)></testcase>\n"
        return (isFailure ? .failure : .error, element)
    }

    private func element(_ result: CaseResult, _ outcome: Outcome) -> String {
        let head =
            "    <testcase classname=\"\(Self.escaped(result.suite))\" name=\"\(Self.escaped(result.id))\" time=\"\(Text.seconds(result.seconds))\""
        let reason = Self.escaped(Text.capped(result.reason, 2000))
        switch outcome {
        case .good: return head + "/>\n"
        case .note:
            let property = "<property name=\"\(result.verdict.rawValue)\" value=\"\(reason)\"/>"
            return head + "><properties>\(property)</properties></testcase>\n"
        case .failure:
            return head + "><failure message=\"\(reason)\">\(Self.escaped(details(result)))</failure></testcase>\n"
        case .error:
            return head + "><error message=\"\(reason)\">\(Self.escaped(details(result)))</error></testcase>\n"
        case .skipped:
            return head + "><skipped message=\"\(result.verdict.rawValue): \(reason)\"/></testcase>\n"
        }
    }

    private func details(_ result: CaseResult) -> String {
        var lines = [result.title, "\(result.level.rawValue), from \(result.source.joined(separator: "; "))"]
        for breach in result.failure?.breaches ?? [] {
            lines.append("\(breach.path): expected \(breach.expected), got \(breach.actual) (\(breach.position))")
        }
        if let note = result.failure?.note { lines.append(note) }
        if let rounds = result.roundsText { lines.append("rounds: \(rounds)") }
        for (name, text) in result.recorded.sorted(by: { $0.key < $1.key }) {
            lines.append("\(name): \(Text.capped(text, 1000))")
        }
        for evidence in result.evidence { lines.append("\(evidence.title):\n\(Text.capped(evidence.text, 4000))") }
        if let rerun = result.rerun { lines.append("again: \(rerun)") }
        return lines.joined(separator: "\n")
    }

    private enum Outcome {
        case good, note, failure, error, skipped

        init(_ result: CaseResult, in results: Results) {
            switch result.verdict {
            case .error: self = .error
            case _ where results.isDecided(by: result): self = .failure
            case .pass: self = .good
            case .fail: self = .failure
            case .ignored, .deviation: self = .note
            case .unsupported, .notApplicable, .notRun: self = .skipped
            }
        }
    }

    private struct Counts {
        var attributes: String

        init(_ results: Results, _ cases: [CaseResult], _ run: Outcome? = nil) {
            let outcomes = cases.map { Outcome($0, in: results) } + [run].compactMap(\.self)
            func count(_ outcome: Outcome) -> Int { outcomes.count { $0 == outcome } }
            attributes =
                " tests=\"\(outcomes.count)\" failures=\"\(count(.failure))\" errors=\"\(count(.error))\" skipped=\"\(count(.skipped))\""
        }
    }

    /// Text for XML 1.0: markup escaped, and what the standard forbids altogether replaced.
    static func escaped(_ text: String) -> String {
        var out = ""
        out.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&apos;"
            case "\n": out += "&#10;"
            case "\t": out += "&#9;"
            default:
                let isForbidden = scalar.value < 32 || scalar.value == 0xfffe || scalar.value == 0xffff
                out.unicodeScalars.append(isForbidden ? "\u{fffd}" : scalar)
            }
        }
        return out
    }
}
