import Outcome
import Testing

@testable import Runner

@Suite struct RunTimeTests {
    private func result(_ verdict: Verdict, _ reason: String = "") -> CaseResult {
        CaseResult(id: "a.b", suite: "a", title: "T", level: .must, verdict: verdict, reason: reason)
    }

    @Test func `Only a case that was ended is told to have had no time`() {
        for (before, verdict, reason) in [
            (result(.notRun, "interrupted"), Verdict.notRun, RunTime.reason),
            (result(.notRun, "blocked by a.a (fail)"), .notRun, "blocked by a.a (fail)"),
            (result(.pass), .pass, ""),
            (result(.fail, "interrupted; left behind: mount /x"), .fail, "interrupted; left behind: mount /x"),
        ] {
            var after = before
            RunTime.explain(&after)
            #expect(after.verdict == verdict)
            #expect(after.reason == reason)
        }
    }

    @Test func `It is over at its end, and nobody who is cancelled waits for that`() async {
        let now = ContinuousClock.now
        #expect(RunTime(.seconds(60), since: now - .seconds(60)).isOver)
        await RunTime(.seconds(60), since: now - .seconds(60)).pass()
        let long = RunTime(.seconds(100_000), since: now)
        #expect(!long.isOver && long.isBounded)
        let waiting = Task { await long.pass() }
        waiting.cancel()
        await waiting.value
        let none = RunTime(nil, since: now)
        #expect(!none.isOver && !none.isBounded)
    }
}
