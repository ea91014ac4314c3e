import Outcome
import Testing

@Suite struct RepeatedCaseTests {
    private func result(_ verdict: Verdict, reason: String = "") -> CaseResult {
        CaseResult(id: "a.b", suite: "a", title: "T", level: .must, verdict: verdict, seconds: 1, reason: reason)
    }

    @Test func `The worst verdict counts, and how often each came is kept`() throws {
        let folded = try #require(
            CaseResult.folded([result(.pass), result(.fail, reason: "broke"), result(.pass), result(.notRun)])
        )
        #expect(folded.verdict == .fail)
        #expect(folded.reason == "broke")
        #expect(folded.roundsText == "2 pass, 1 fail, 1 not-run")
        #expect(folded.isUnstable)
        #expect(folded.seconds == 4)
    }

    @Test func `A case judged once has no rounds`() throws {
        let once = try #require(CaseResult.folded([result(.pass)]))
        #expect(once.rounds == nil)
        #expect(!once.isUnstable)
        #expect(CaseResult.folded([]) == nil)
        let twice = try #require(CaseResult.folded([result(.pass), result(.pass)]))
        #expect(!twice.isUnstable)
        #expect(twice.roundsText == "2 pass")
    }

    @Test func `A verdict that fails the run does not get lost behind a pass`() throws {
        let rounds = [result(.pass), result(.unsupported), result(.deviation), result(.notRun)]
        #expect(CaseResult.folded(rounds)?.verdict == .deviation)
        #expect(CaseResult.folded(rounds, failOn: [.unsupported])?.verdict == .unsupported)
        #expect(CaseResult.folded(rounds + [result(.fail)], failOn: [.unsupported])?.verdict == .fail)
        // What a profile knows is not asked about.
        var known = result(.deviation)
        known.reason = CaseResult.knownPrefix + "it is so"
        #expect(CaseResult.folded([known, result(.error)], failOn: [.deviation])?.verdict == .error)
        #expect(CaseResult.folded([result(.deviation), result(.error)], failOn: [.deviation])?.verdict == .deviation)
        // A round that was not run says nothing, whatever is asked for.
        #expect(CaseResult.folded([result(.pass), result(.notRun)], failOn: [.notRun])?.verdict == .pass)
    }

    @Test func `A round that was not run does not hide one that was`() throws {
        let folded = try #require(CaseResult.folded([result(.notRun), result(.pass)]))
        #expect(folded.verdict == .pass)
        #expect(!folded.isUnstable)
    }
}
