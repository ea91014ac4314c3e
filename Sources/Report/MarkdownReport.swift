public import Outcome

/// Markdown for a job's summary page: the verdict, what is broken, one line for the rest.
public struct MarkdownReport: Sendable {
    /// Summary pages take at most this much.
    private static let limit = 1_000_000

    /// Creates the report.
    public init() {}

    /// The text.
    public func render(_ results: Results) -> String {
        let runtime = results.environment.runtime.isEmpty ? "unknown runtime" : results.environment.runtime
        var out = "# \(results.verdict.word): \(Self.plain(runtime))\n\n"
        out += "\(Self.plain(results.sentence))\n\n\(Self.code(results.verdictLine))\n\n"
        out += "| verdict | cases |\n|---|---|\n"
        for verdict in Verdict.allCases {
            let count = results.summary[verdict.rawValue] ?? 0
            if count > 0 { out += "| \(verdict.rawValue) | \(count) |\n" }
        }
        for finding in results.findings {
            out += "\n**\(Self.plain(finding.title))**:\n\n\(Self.block(Text.capped(finding.text, 20_000)))\n"
        }
        for result in results.redCases {
            let text = section(result)
            guard out.utf8.count + text.utf8.count < Self.limit else {
                out += "\nMore broken cases are in results.json.\n"
                break
            }
            out += text
        }
        out += "\ncrisol \(results.environment.crisol), \(Self.code(results.environment.commandLine))\n"
        return Text.visible(out)
    }

    private func section(_ result: CaseResult) -> String {
        var out = "\n## \(result.verdict.rawValue): \(Self.plain(result.title))\n\n"
        out +=
            "\(Self.code(result.id)), \(result.level.rawValue), from \(result.source.map(Self.plain).joined(separator: "; "))\n"
        // A failure's table says it already, unless something else decides, such as a leak or a known difference.
        if result.failure?.reason != result.reason { out += "\n\(Self.plain(Text.capped(result.reason, 1000)))\n" }
        if let failure = result.failure {
            out += "\nStep \(failure.step), \(Self.code(failure.action)), \(Self.code(failure.position))\n"
            out += "\n| looked at | expected | got |\n|---|---|---|\n"
            for breach in failure.breaches {
                let cells = [breach.path, breach.expected, breach.actual].map { Self.cell(Text.capped($0, 500)) }
                out += "| \(cells.joined(separator: " | ")) |\n"
            }
            if let note = failure.note { out += "\n\(Self.plain(Text.capped(note, 500)))\n" }
        }
        for (name, text) in result.recorded.sorted(by: { $0.key < $1.key }) {
            out += "\n\(Self.plain(name)): \(Self.code(Text.capped(text, 500)))\n"
        }
        if let rounds = result.roundsText { out += "\nRounds: \(rounds)\n" }
        if let rerun = result.rerun { out += "\n\(Self.code(rerun))\n" }
        return out
    }

    /// Text that Markdown leaves as it is.
    static func plain(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "\\", "`", "*", "_", "{", "}", "[", "]", "#", "|", "!", "~": out += "\\\(character)"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "&": out += "&amp;"
            case _ where character.isNewline: out += " "
            default: out.append(character)
            }
        }
        return out
    }

    /// Text of several lines as a block of code: four spaces before a line, which nothing in it can end.
    private static func block(_ text: String) -> String {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { "    \($0)" }
            .joined(separator: "\n")
    }

    /// Text between backticks, more of them than it has in a row: then each character is shown as it is.
    static func code(_ text: String) -> String {
        let line = String(text.map { $0.isNewline ? " " : $0 })
        guard !line.isEmpty else { return "" }
        let longest = line.split(omittingEmptySubsequences: true) { $0 != "`" }.map(\.count).max() ?? 0
        let fence = String(repeating: "`", count: longest + 1)
        // One space is taken from both ends where both have one; a backtick must not touch the fence.
        let isPadded = line.first == "`" || line.last == "`" || (line.first == " " && line.last == " ")
        let pad = isPadded && !line.allSatisfy { $0 == " " } ? " " : ""
        return fence + pad + line + pad + fence
    }

    /// The same in a table, whose cells end at every `|` without a backslash before it, code or not.
    static func cell(_ text: String) -> String {
        var out = ""
        var backslashes = 0
        for character in code(text) {
            // One that stands there already would pair with ours and leave the bar bare; a third is shown, and harmless.
            if character == "|" { out += backslashes.isMultiple(of: 2) ? "\\" : "\\\\" }
            out.append(character)
            backslashes = character == "\\" ? backslashes + 1 : 0
        }
        return out
    }
}
