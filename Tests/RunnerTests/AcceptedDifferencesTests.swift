import Foundation
import Outcome
import SuiteLanguage
import Testing

@testable import Runner

@Suite struct AcceptedDifferencesTests {
    private func cases() throws -> [Case] {
        let text = """
            suite: t
            title: T
            cases:
            - id: t.one
              title: T
              level: must
              source: s
              for: {how: [row, other]}
              steps: [{call: Version, with: {version: "${how}"}}]
            - {id: t.one.more, title: T, level: must, source: s, steps: [{call: Version}]}
            """
        let (suite, diagnostics) = SuiteReader().read(text: text, file: "t.yaml")
        #expect(diagnostics == [])
        return try #require(suite).cases
    }

    private func accepted(on day: String, leaks: Bool = false) throws -> AcceptedDifferences {
        let text = """
            profile: x
            differences:
            - {case: t.one, reason: because, owner: me, expires: "2027-06-30"\(leaks ? ", leaks: accepted" : "")}
            """
        let profile = try #require(ProfileReader.read(text: text, file: "p.yaml").profile)
        return AcceptedDifferences(
            profile.differences,
            of: try cases(),
            today: try Date("\(day)T12:00:00Z", strategy: .iso8601)
        )
    }

    private func result(_ verdict: Verdict) -> CaseResult {
        CaseResult(id: "t.one.row", suite: "t", title: "T", level: .must, verdict: verdict)
    }

    @Test(arguments: [Verdict.fail, .ignored, .deviation])
    func `What is known is a deviation with its reason until it expires`(verdict: Verdict) throws {
        var accepted = try accepted(on: "2027-06-30")
        var result = result(verdict)
        accepted.apply(to: &result)
        #expect(result.verdict == .deviation)
        #expect(result.reason.contains("because"))
        #expect(result.reason.contains("me"))
        #expect(accepted.findings == [])
    }

    @Test func `Another case whose id only begins alike is not meant`() throws {
        var accepted = try accepted(on: "2026-01-01")
        var result = CaseResult(id: "t.one.more", suite: "t", title: "T", level: .must, verdict: .fail)
        accepted.apply(to: &result)
        #expect(result.verdict == .fail)
    }

    @Test(arguments: [CaseResult.Trouble.leak, .death, .setUp], [false, true])
    func `What is known hides no death and no failed set-up, and a leak only when it says so`(
        trouble: CaseResult.Trouble,
        leaks: Bool
    ) throws {
        var accepted = try accepted(on: "2026-01-01", leaks: leaks)
        var result = result(.fail)
        result.trouble = trouble
        accepted.apply(to: &result)
        #expect(result.verdict == (leaks && trouble == .leak ? .deviation : .fail))
        // It is not gone either.
        #expect(accepted.findings == [])
    }

    @Test func `A day later it fails again, and the run says why`() throws {
        var accepted = try accepted(on: "2027-07-01")
        var result = result(.fail)
        accepted.apply(to: &result)
        #expect(result.verdict == .fail)
        #expect(accepted.findings.map(\.title) == ["A known difference is over"])
    }

    @Test func `A difference that is gone is a finding`() throws {
        var accepted = try accepted(on: "2026-01-01")
        var result = result(.pass)
        accepted.apply(to: &result)
        #expect(result.verdict == .pass)
        #expect(accepted.findings.map(\.title) == ["A known difference is gone"])
    }

    @Test(arguments: [Verdict.error, .notRun, .unsupported, .notApplicable])
    func `What was not judged is left as it is`(verdict: Verdict) throws {
        var accepted = try accepted(on: "2026-01-01")
        var result = result(verdict)
        accepted.apply(to: &result)
        #expect(result.verdict == verdict)
        #expect(accepted.findings == [])
    }
}
