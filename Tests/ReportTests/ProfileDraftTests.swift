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

    @Test func `What no profile accepts, and what one knows already, is left out and said`() throws {
        func result(
            _ id: String,
            _ verdict: Verdict,
            _ reason: String = "it broke",
            _ trouble: CaseResult.Trouble? = nil
        )
            -> CaseResult
        {
            CaseResult(
                id: id,
                suite: "t",
                title: "T",
                level: .must,
                verdict: verdict,
                reason: reason,
                trouble: trouble
            )
        }
        let cases = [
            result("t.dies", .fail, "the runtime died", .death),
            result("t.old", .deviation, "known: as ever (me); it broke"),
            result("t.leaks", .fail, "a mount is left", .leak), result("t.new", .fail),
        ]
        let environment = Environment(run: "r", crisol: "0", command: [], startedAt: "now", runtime: "x")
        let text = try #require(ProfileDraft().render(Results(environment: environment, cases: cases)))
        #expect(text.contains("# Left out: 1 that the run's profile knows already.\n"))
        #expect(text.contains("# Left out, for it cannot be accepted: t.dies\n"))
        #expect(text.ranges(of: "- case: ").count == 2)
        #expect(text.contains("- case: t.leaks\n  reason: \"\"\n  owner: \"\"\n  expires: \"\"\n  # leaks: accepted\n"))
        #expect(ProfileDraft().render(Results(environment: environment, cases: Array(cases.prefix(2)))) == nil)
    }

    @Test func `Nothing broken is no draft`() {
        #expect(draft([("t.a", .pass), ("t.b", .unsupported)]) == nil)
    }
}
