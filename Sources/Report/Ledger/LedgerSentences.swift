/// What a ledger comes to, in words.
struct LedgerSentences {
    /// The word the page begins with, and its colour: never that of a good verdict, since nothing was judged.
    let word, tone: String
    /// What follows the word.
    let rest: String
    let sentence: String
    let more: [String]
    /// What is missing or cannot be read.
    let problems: [String]

    init(_ summary: LedgerSummary) {
        let touched = summary.touched
        if summary.calls == 0, summary.connections == 0 {
            (word, tone, rest) = ("Nothing", "error", "was recorded")
            sentence = "The ledger holds no call: no client was connected, or the proxy had no time to write."
        } else if touched == 0, summary.connections == 0 {
            (word, tone, rest) = ("Untouched", "not-run", "no rule interfered with \(Self.calls(summary.calls))")
            sentence =
                summary.dry == 0
                ? "Every call went through as it came."
                : "\(Self.calls(summary.dry)) would have been interfered with; the rules were in dry run."
        } else {
            (word, tone) = ("\(touched)", "deviation")
            rest =
                "of \(Self.calls(summary.calls)) interfered with"
                + (summary.connections == 0 ? "" : ", and with \(Self.connections(summary.connections))")
            sentence = Self.rules(summary)
        }
        more = touched == 0 && summary.connections == 0 ? [] : Self.consequences(summary)
        var problems: [String] = []
        if summary.brokenLines > 0 {
            let count = summary.brokenLines
            let (lines, are) = count == 1 ? ("line", "is") : ("lines", "are")
            problems.append("\(count) \(lines) could not be read and \(are) left out:")
            problems += summary.problems
            if count > summary.problems.count { problems.append("and \(count - summary.problems.count) more") }
        }
        for place in summary.cutOff {
            problems.append(
                "\(place): the last line is cut off and left out: the proxy still runs, or did not end by itself"
            )
        }
        if let count = summary.notes["unreadable"] {
            problems.append(
                count == 1
                    ? "1 message was too large or compressed: its fault let it pass"
                    : "\(count) messages were too large or compressed: their faults let them pass"
            )
        }
        if summary.droppedMessages > 0 {
            let count = summary.droppedMessages
            problems.append(
                "\(count) \(count == 1 ? "message" : "messages") of a stream that a fault had hold of "
                    + "\(count == 1 ? "was" : "were") dropped: the client did not read, or too many were held"
            )
        }
        if let count = summary.notes["no-session"] {
            problems.append(
                "\(count) \(count == 1 ? "answer" : "answers") named no session that could be stood in: "
                    + "no URL, or one that does not lead to this machine"
            )
        }
        self.problems = problems
    }

    private static func rules(_ summary: LedgerSummary) -> String {
        let acting = summary.rules.filter { $0.value.touched > 0 }
            .sorted { ($1.value.touched, $0.key) < ($0.value.touched, $1.key) }
        var parts = acting.prefix(4).map { "\($0.key) \($0.value.touched)" }
        if acting.count > 4 { parts.append("and \(acting.count - 4) more rules below") }
        let time = Duration.milliseconds(Int64(max(0, summary.lastTime - summary.firstTime))).shortText
        let dry = summary.dry == 0 ? "" : " \(calls(summary.dry)) more would have been, in dry run."
        return "In \(time), by rule: \(parts.joined(separator: ", ")).\(dry)"
    }

    private static func consequences(_ summary: LedgerSummary) -> [String] {
        var lines: [String] = []
        if summary.notExecuted > 0 {
            lines.append("\(summary.notExecuted) never reached the runtime whole: not executed.")
        }
        if summary.unanswered > 0 {
            let count = summary.unanswered
            lines.append(
                "\(count) \(count == 1 ? "was" : "were") executed and the client was told something else, or nothing."
            )
        }
        if summary.unknown > 0 {
            let count = summary.unknown
            lines.append(
                "\(count) reached the runtime, and how \(count == 1 ? "it" : "they") ended there was not seen in time."
            )
        }
        if summary.sessions.all > 0 {
            let (all, broken) = summary.sessions
            let verb = broken == 1 ? "was" : "were"
            lines.append("Of \(connections(all)) to exec, attach or port-forward sessions \(broken) \(verb) broken.")
        }
        lines.append(
            summary.after.calls == 0
                ? "No call came after the last one that was interfered with: the ledger does not show a recovery."
                : "After the last one \(calls(summary.after.calls)) went through untouched, "
                    + (summary.after.failed == 0 ? "all with OK." : "\(summary.after.failed) of them without OK.")
        )
        return lines
    }

    private static func calls(_ count: Int) -> String { count == 1 ? "1 call" : "\(count) calls" }

    private static func connections(_ count: Int) -> String { count == 1 ? "1 connection" : "\(count) connections" }
}
