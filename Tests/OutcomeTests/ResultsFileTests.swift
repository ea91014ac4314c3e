import Foundation
import Outcome
import Testing

struct ResultsFileTests {
    private static func results(seconds: Double) -> Results {
        Results(
            environment: Environment(run: "r", crisol: "0", command: [], startedAt: "", seconds: seconds),
            cases: [CaseResult(id: "a.b", suite: "a", title: "t", level: .must, verdict: .pass)]
        )
    }

    @Test func `What is wrong in a file is told with its place`() throws {
        let text = String(decoding: try ResultsFile.encode(Self.results(seconds: 1)), as: UTF8.self)
        for (old, new, place) in [
            (#""level" : "must""#, #""level" : "perhaps""#, "cases[0].level"), (#""id" : "a.b","#, "", "cases[0].id"),
            (#""run" : "r","#, #""run" : 7,"#, "environment.run"),
        ] {
            try #require(text.contains(old))
            let error = #expect(throws: ResultsFileError.self) {
                try ResultsFile.decode(Data(text.replacing(old, with: new).utf8))
            }
            #expect(error?.message.contains(place) ?? false, "\(error?.message ?? "")")
        }
    }

    @Test("A time that is none does not end the program", arguments: [1e300, -1e300, 1e19, 4.4])
    func time(seconds: Double) {
        let line = Self.results(seconds: seconds).verdictLine
        #expect(line.hasSuffix(seconds == 4.4 ? "(4 s)" : "(\(seconds) s)"))
    }

    @Test func `What was written before there was a failOn is read`() throws {
        let old = String(decoding: try ResultsFile.encode(Self.results(seconds: 1)), as: UTF8.self)
        #expect(!old.contains("failOn") && !old.contains("withoutFailOn"))
        let results = try ResultsFile.decode(Data(old.utf8))
        #expect(results.failOn == nil && results.withoutFailOn == nil)
    }

    @Test func `An interrupted run says no more than it knows`() {
        func sentence(_ verdict: Verdict?) -> String {
            let cases = verdict.map { [CaseResult(id: "a.b", suite: "a", title: "t", level: .must, verdict: $0)] } ?? []
            let environment = Environment(run: "r", crisol: "0", command: [], startedAt: "", runtime: "containerd")
            return Results(environment: environment, cases: cases, interrupted: true).sentence
        }
        #expect(sentence(nil).contains("before anything was known about containerd"))
        #expect(sentence(.notRun).contains("before anything was known about containerd"))
        #expect(sentence(.pass).hasSuffix("kept its musts."))
        #expect(sentence(.deviation).hasSuffix("kept its musts, but for 1 known difference."))
    }
}
