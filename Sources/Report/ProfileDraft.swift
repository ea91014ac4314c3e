public import Outcome

/// A profile of what a run found broken, for a person to fill in: lint refuses it until every entry has its reason,
/// its owner and the day it ends.
public struct ProfileDraft: Sendable {
    /// Creates the draft.
    public init() {}

    /// The file; `nil` when nothing is broken that a profile could accept. What the run's own profile knows is not in it.
    public func render(_ results: Results) -> String? {
        let red = results.cases.filter { [.fail, .ignored, .deviation].contains($0.verdict) }
        // No profile accepts that the runtime dies, or that no sandbox can be made.
        let hopeless = red.filter { [.death, .setUp].contains($0.trouble) }
        let known = red.filter(\.isKnown)
        let broken = red.filter { !$0.isKnown && ![.death, .setUp].contains($0.trouble) }
        guard !broken.isEmpty else { return nil }
        var out = """
            # Drafted by crisol from run \(results.environment.run). Say of each difference why it is accepted, who answers
            # for it and until when; take out what should not be accepted.

            """
        if !known.isEmpty { out += "# Left out: \(known.count) that the run's profile knows already.\n" }
        for result in hopeless { out += "# Left out, for it cannot be accepted: \(result.id)\n" }
        out += """
            profile: \(Self.quoted(results.environment.runtime))
            differences:

            """
        for result in broken {
            out += """
                # \(Self.line(result.title))
                # seen: \(Self.line(Text.capped(result.reason, 300)))
                - case: \(result.id)
                  reason: ""
                  owner: ""
                  expires: ""

                """
            // To accept what the case is about is not to accept that something stays behind.
            if result.trouble == .leak { out += "  # leaks: accepted\n" }
        }
        return out
    }

    private static func line(_ text: String) -> String {
        String(text.map { $0.isNewline || ($0.unicodeScalars.first?.value ?? 32) < 32 ? " " : $0 })
    }

    private static func quoted(_ text: String) -> String {
        let plain = line(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(plain)\""
    }
}
