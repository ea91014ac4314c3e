import Foundation
import Outcome
import Testing

@Suite struct RunVerdictTests {
    @Test func `What could not be judged is no pass, but a broken must stays one`() {
        func result(_ verdict: Verdict) -> CaseResult {
            CaseResult(id: "a.b", suite: "a", title: "t", level: .must, verdict: verdict)
        }
        #expect(RunVerdict(cases: [result(.pass), result(.notRun)], interrupted: false, incomplete: true) == .error)
        #expect(RunVerdict(cases: [result(.fail)], interrupted: false, incomplete: true) == .fail)
        #expect(RunVerdict(cases: [result(.pass)], interrupted: false) == .pass)
        #expect(RunVerdict(cases: [result(.pass)], interrupted: false, leaked: true) == .fail)
    }

    @Test func `A run that left something behind says so although no case failed`() {
        let environment = Environment(run: "r", crisol: "0", command: [], startedAt: "", runtime: "containerd 1.6.20")
        let results = Results(environment: environment, cases: [Self.result(.pass)], leaked: true)
        #expect(results.verdict == .fail)
        #expect(
            results.sentence
                == "crisol worked; containerd 1.6.20 left something on the node that no single case answers for."
        )
    }

    @Test(
        "Of several rounds the one counts that decides the run",
        arguments: [
            ([.ignored, .error, .pass], .should, .error), ([.error, .ignored], .must, .ignored),
            ([.error, .fail], .should, .fail), ([.pass, .deviation], .should, .deviation),
            ([.notRun, .pass], .must, .pass),
        ] as [([Verdict], Level, Verdict)]
    )
    func rounds(verdicts: [Verdict], level: Level, expected: Verdict) {
        #expect(CaseResult.folded(verdicts.map { Self.result($0, level) })?.verdict == expected)
    }

    static func result(_ verdict: Verdict, _ level: Level = .must) -> CaseResult {
        CaseResult(id: "a.b", suite: "a", title: "t", level: level, verdict: verdict)
    }

    @Test(
        "A run's verdict follows from its cases",
        arguments: [
            ([], false, RunVerdict.nothingRan),
            ([result(.notRun), result(.unsupported), result(.notApplicable)], false, .nothingRan),
            ([result(.pass), result(.notRun)], false, .pass),
            ([result(.pass), result(.deviation, .should)], false, .pass),
            ([result(.ignored, .should), result(.pass)], false, .pass),
            ([result(.ignored, .must), result(.pass)], false, .fail),
            ([result(.fail, .may)], false, .fail),
            ([result(.error), result(.pass)], false, .error),
            ([result(.error), result(.fail)], false, .fail),
            ([result(.pass), result(.notRun)], true, .interrupted),
            ([result(.fail)], true, .fail),
        ] as [([CaseResult], Bool, RunVerdict)]
    )
    func verdict(cases: [CaseResult], interrupted: Bool, expected: RunVerdict) {
        #expect(RunVerdict(cases: cases, interrupted: interrupted) == expected)
    }

    @Test func `A verdict of --fail-on fails the run, and is told beside what else it comes to`() throws {
        func results(_ verdicts: [Verdict], _ failOn: Set<Verdict>, interrupted: Bool = false) -> Results {
            let environment = Environment(run: "r", crisol: "0", command: [], startedAt: "", runtime: "x 1")
            return Results(
                environment: environment,
                cases: verdicts.map { Self.result($0, .may) },
                interrupted: interrupted,
                failOn: failOn
            )
        }
        let caught = results([.pass, .deviation, .unsupported], [.unsupported, .deviation, .error])
        #expect(caught.verdict == .fail && caught.withoutFailOn == .pass)
        #expect(caught.failOn == [.error, .deviation, .unsupported])
        #expect(
            caught.sentence
                == "crisol worked, and x 1 kept every must it was asked about, and 2 cases have a verdict of --fail-on (deviation, unsupported)."
        )
        #expect(try ResultsFile.decode(ResultsFile.encode(caught)) == caught)
        #expect(results([.pass, .deviation], [.unsupported]).verdict == .pass)
        // It counts also beside errors, and where nothing was judged.
        #expect(results([.error, .deviation], [.deviation]).verdict == .fail)
        #expect(results([.unsupported], [.unsupported]).sentence.hasPrefix("No case was judged"))
        // A broken case is told as what it is.
        let broken = results([.fail], [.fail])
        #expect(broken.withoutFailOn == nil && !broken.sentence.contains("--fail-on"))
        // Whom a signal took the turn is not blamed on the runtime.
        #expect(results([.pass, .notRun], [.notRun], interrupted: true).verdict == .interrupted)
        #expect(results([.pass, .notRun], [.notRun]).verdict == .fail)
    }

    @Test func `A verdict of --fail-on does not ask about what a profile knows`() throws {
        var known = Self.result(.deviation, .should)
        known.reason = CaseResult.knownPrefix + "it is so (me, until 2099-01-01); x expected 1, got 2"
        func results(_ cases: [CaseResult]) -> Results {
            let environment = Environment(run: "r", crisol: "0", command: [], startedAt: "", runtime: "x 1")
            return Results(environment: environment, cases: cases, failOn: [.deviation])
        }
        let accepted = results([Self.result(.pass), known])
        #expect(accepted.verdict == .pass && accepted.withoutFailOn == nil)
        #expect(!accepted.isDecided(by: known) && !accepted.sentence.contains("--fail-on"))
        // A new one beside it is asked about, and alone.
        let new = results([known, Self.result(.deviation, .should)])
        #expect(new.verdict == .fail && new.withoutFailOn == .pass)
        #expect(new.sentence.hasSuffix("and 1 case has a verdict of --fail-on (deviation)."))
    }

    @Test func `A signal decides the exit code, else the verdict does`() {
        #expect(RunVerdict.pass.exitCode() == 0)
        #expect(RunVerdict.fail.exitCode() == 1)
        #expect(RunVerdict.error.exitCode() == 3)
        #expect(RunVerdict.nothingRan.exitCode() == 3)
        #expect(RunVerdict.fail.exitCode(signal: 15) == 143)
    }

    @Test func `The verdict line names every verdict that occurred and the runtime`() {
        let environment = Environment(
            run: "r",
            crisol: "0",
            command: [],
            startedAt: "",
            seconds: 31.2,
            runtime: "containerd 1.6.20"
        )
        let results = Results(
            environment: environment,
            cases: [Self.result(.pass), Self.result(.fail), Self.result(.pass), Self.result(.deviation, .may)]
        )
        #expect(results.verdictLine == "crisol: FAIL  1 fail, 1 deviation, 2 pass of 4 (containerd 1.6.20, 31 s)")
    }

    @Test func `Results survive their file, and a foreign schema is refused`() throws {
        let environment = Environment(run: "r", crisol: "0", command: ["crisol", "run"], startedAt: "now")
        var case1 = Self.result(.fail)
        case1.failure = Failure(
            step: 1,
            action: "call Version",
            position: "a.yaml:1:1",
            breaches: [Breach(path: "code", expected: "OK", actual: "\"<é>\"", position: "a.yaml:2:3")]
        )
        let results = Results(environment: environment, cases: [case1])
        let data = try ResultsFile.encode(results)
        #expect(try ResultsFile.decode(data) == results)
        var text = String(decoding: data, as: UTF8.self)
        text.replace("crisol.results/1", with: "crisol.results/9")
        #expect(throws: ResultsFileError.self) { _ = try ResultsFile.decode(Data(text.utf8)) }
        #expect(throws: ResultsFileError.self) { _ = try ResultsFile.decode(Data("[]".utf8)) }
    }
}
