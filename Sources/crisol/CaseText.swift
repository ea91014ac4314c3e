import Foundation
import Outcome

/// A case's result as text: one line, or what a runtime developer needs.
enum CaseText {
    /// The last calls that are shown.
    private static let callLimit = 8
    /// The most lines of one piece of evidence.
    private static let evidenceLimit = 12

    /// One line.
    static func line(_ result: CaseResult) -> String {
        let verdict = result.verdict.rawValue.uppercased().padding(toLength: 14, withPad: " ", startingAt: 0)
        let time = result.seconds > 0 ? String(format: "%7.2fs", result.seconds) : "        "
        var reason = result.reason.isEmpty ? "" : "  (\(result.reason))"
        if let rounds = result.roundsText { reason += "  [\(rounds)]" }
        return Console.safe("\(verdict)\(time)  \(result.id)\(reason)")
    }

    /// Everything: requirement, source, expected against actual, the calls that led there, evidence, how to rerun.
    static func full(_ result: CaseResult) -> String {
        var lines = [
            line(result), "    \(result.title)",
            "    \(result.level.rawValue), from \(result.source.joined(separator: "; "))",
        ]
        if let why = result.why { lines.append("    \(why)") }
        if let failure = result.failure {
            lines.append("    \(failure.position) step \(failure.step) \(failure.action)")
            for breach in failure.breaches {
                lines.append("      \(breach.path)")
                lines.append("        expected  \(breach.expected)")
                lines.append("        got       \(breach.actual)")
            }
            if let note = failure.note { lines.append("      \(note)") }
        }
        if !result.calls.isEmpty {
            lines.append("    calls:")
            if result.calls.count > callLimit {
                lines.append("      (\(result.calls.count - callLimit) earlier ones are in the report)")
            }
            for call in result.calls.suffix(callLimit) {
                let time = String(format: "%8.3fs %7.3fs", call.sentAt, call.seconds)
                let message = call.message.isEmpty ? "" : " \"\(call.message.prefix(300))\""
                lines.append("      \(time)  \(call.rpc) \(call.code)\(message)")
            }
        }
        for evidence in result.evidence {
            lines.append("    \(evidence.title):")
            let text = evidence.text.split(separator: "\n", omittingEmptySubsequences: true)
            for line in text.suffix(evidenceLimit) { lines.append("      \(line.prefix(300))") }
        }
        if let rerun = result.rerun { lines.append("    again: \(rerun)") }
        return Console.safe(lines.joined(separator: "\n"))
    }
}
