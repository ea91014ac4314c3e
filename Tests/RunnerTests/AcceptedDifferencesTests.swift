import Foundation
import Outcome
import SuiteLanguage
import Testing

@testable import Runner

@Suite struct AcceptedDifferencesTests {
    private func accepted(on day: String) throws -> AcceptedDifferences {
        let text = """
            profile: x
            differences:
            - {case: t.one, reason: because, owner: me, expires: "2027-06-30"}
            """
        let profile = try #require(ProfileReader.read(text: text, file: "p.yaml").profile)
        return AcceptedDifferences(profile.differences, today: try Date("\(day)T12:00:00Z", strategy: .iso8601))
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
