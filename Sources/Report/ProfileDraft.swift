public import Outcome

/// A profile of what a run found broken, for a person to fill in: lint refuses it until every entry has its reason,
/// its owner and the day it ends.
public struct ProfileDraft: Sendable {
    /// Creates the draft.
    public init() {}

    /// The file; `nil` when nothing is broken.
    public func render(_ results: Results) -> String? {
        let broken = results.cases.filter { [.fail, .ignored, .deviation].contains($0.verdict) }
        guard !broken.isEmpty else { return nil }
        var out = """
            # Drafted by crisol from run \(results.environment.run). Say of each difference why it is accepted, who answers
            # for it and until when; take out what should not be accepted.
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
