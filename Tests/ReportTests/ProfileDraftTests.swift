import Outcome
import Report
import SuiteLanguage
import Testing

@Suite struct ProfileDraftTests {
    private func draft(_ verdicts: [(String, Verdict)], runtime: String = "containerd \"2\"\nx") -> String? {
        ProfileDraft().render(
            Results(
                environment: Environment(run: "r", crisol: "0", command: [], startedAt: "now", runtime: runtime),
                cases: verdicts.map {
                    CaseResult(
                        id: $0.0,
                        suite: "t",
                        title: "A title\nwith a line",
                        level: .must,
                        verdict: $0.1,
                        reason: "it\nbroke"
                    )
                }
            )
        )
    }

    @Test func `A draft names every broken case and lint refuses it until it is filled in`() throws {
        let text = try #require(draft([("t.a", .fail), ("t.b", .pass), ("t.c", .deviation), ("t.d", .ignored)]))
        let found = ProfileReader.read(text: text, file: "p.yaml")
        #expect(found.profile == nil)
        #expect(found.diagnostics.count { $0.message.contains("still to be filled in") } == 9)
        let filled = text.replacing("reason: \"\"", with: "reason: because").replacing("owner: \"\"", with: "owner: me")
            .replacing("expires: \"\"", with: "expires: \"2027-06-30\"")
        let profile = try #require(ProfileReader.read(text: filled, file: "p.yaml").profile)
        #expect(profile.differences.map(\.caseID) == ["t.a", "t.c", "t.d"])
        #expect(profile.name == "containerd \"2\" x")
    }

    @Test func `Nothing broken is no draft`() {
        #expect(draft([("t.a", .pass), ("t.b", .unsupported)]) == nil)
    }
}
