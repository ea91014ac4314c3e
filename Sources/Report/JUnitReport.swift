public import Outcome

/// JUnit XML, as CI systems read it.
///
/// `fail`, and `ignored` on a must, are failures; `error` is an error; `deviation`, and `ignored` below a must, pass
/// with a property; the rest are skipped with their reason. What ends a run badly and is no case, such as a leak that no
/// case answers for, is one element of a suite `run`. So exit 0 means no failure and no error element, and each other code
/// that there is one.
public struct JUnitReport: Sendable {
    /// Creates the report.
    public init() {}

    /// The document.
    public func render(_ results: Results) -> String {
        var out = #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"
        let run = wholeRun(results)
        let total = Counts(results.cases, run?.outcome)
        out += "<testsuites name=\"crisol\"\(total.attributes) time=\"\(Text.seconds(results.environment.seconds))\">\n"
        var names: [String] = []
        for result in results.cases where !names.contains(result.suite) { names.append(result.suite) }
        for name in names {
            let cases = results.cases.filter { $0.suite == name }
            let time = cases.reduce(0) { $0 + $1.seconds }
            out +=
                "  <testsuite name=\"\(Self.escaped(name))\"\(Counts(cases).attributes) time=\"\(Text.seconds(time))\">\n"
            for result in cases { out += element(result) }
            out += "  </testsuite>\n"
        }
        if let run {
            out += "  <testsuite name=\"run\"\(Counts([], run.outcome).attributes)>\n\(run.element)  </testsuite>\n"
        }
        return out + "</testsuites>\n"
    }

    /// Why the run ends badly, when no case says so.
    private func wholeRun(_ results: Results) -> (outcome: Outcome, element: String)? {
        let isFailure = results.verdict == .fail
        guard results.verdict != .pass, !results.cases.contains(where: { [.failure, .error].contains(Outcome($0)) })
        else { return nil }
        let tag = isFailure ? "failure" : "error"
        let text = results.findings.map { "\($0.title):\n\(Text.capped($0.text, 20_000))" }.joined(separator: "\n\n")
        let element =
            "    <testcase classname=\"run\" name=\"\(results.verdict.rawValue)\">"
            + "<\(tag) message=\"\(Self.escaped(Text.capped(results.sentence, 2000)))\">\(Self.escaped(text))</\(tag)></testcase>\n"
        return (isFailure ? .failure : .error, element)
    }

    private func element(_ result: CaseResult) -> String {
        let head =
            "    <testcase classname=\"\(Self.escaped(result.suite))\" name=\"\(Self.escaped(result.id))\" time=\"\(Text.seconds(result.seconds))\""
        let reason = Self.escaped(Text.capped(result.reason, 2000))
        switch Outcome(result) {
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

        init(_ result: CaseResult) {
            switch result.verdict {
            case .pass: self = .good
            case .fail: self = .failure
            case .ignored: self = result.level == .must ? .failure : .note
            case .deviation: self = .note
            case .error: self = .error
            case .unsupported, .notApplicable, .notRun: self = .skipped
            }
        }
    }

    private struct Counts {
        var attributes: String

        init(_ cases: [CaseResult], _ run: Outcome? = nil) {
            let outcomes = cases.map(Outcome.init) + [run].compactMap(\.self)
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
