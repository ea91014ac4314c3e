import Foundation
import FoundationXML
import Outcome
import Report
import Testing

@Suite struct ReportTests {
    static let hostile = "<script>alert(1)</script> & \"quotes\" ]]> \u{1b}[31m \u{0}"

    static let results: Results = {
        func result(_ verdict: Verdict, _ level: Level, _ id: String) -> CaseResult {
            var result = CaseResult(id: id, suite: "s", title: hostile, level: level, verdict: verdict)
            if verdict != .pass { result.reason = hostile }
            return result
        }
        var broken = result(.fail, .must, "s.fail")
        broken.failure = Failure(
            step: 1,
            action: hostile,
            position: "a.yaml:1:1",
            breaches: [Breach(path: "code", expected: "OK", actual: hostile, position: "a.yaml:2:3")]
        )
        broken.evidence = [Evidence(title: "log", text: hostile)]
        let environment = Environment(
            run: "r",
            crisol: "0",
            command: ["crisol", hostile],
            startedAt: "now",
            runtime: "x"
        )
        return Results(
            environment: environment,
            cases: [
                broken, result(.pass, .must, "s.pass"), result(.deviation, .should, "s.deviation"),
                result(.ignored, .must, "s.ignored"), result(.error, .must, "s.error"),
                result(.notRun, .must, "s.not-run"), result(.unsupported, .may, "s.unsupported"),
                result(.notApplicable, .may, "s.na"),
            ]
        )
    }()

    @Test func `JUnit is XML, and its elements follow the verdicts`() throws {
        let text = JUnitReport().render(Self.results)
        let document = try XMLDocument(xmlString: text)
        func count(_ name: String) throws -> Int { try document.nodes(forXPath: "//\(name)").count }
        #expect(try count("testcase") == 8)
        #expect(try count("failure") == 2)
        #expect(try count("error") == 1)
        #expect(try count("skipped") == 3)
        #expect(try document.nodes(forXPath: "/testsuites/@failures").first?.stringValue == "2")
    }

    @Test func `The page escapes what comes from outside and loads nothing`() throws {
        let page = try HTMLReport().render(Self.results)
        #expect(!page.contains("<script>alert"))
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(page.firstMatch(of: /(src|href)="(http|\/\/)/) == nil)
        #expect(page.contains("FAIL"))
    }

    @Test func `Markdown names the broken cases and leaves no raw markup`() {
        let text = MarkdownReport().render(Self.results)
        #expect(text.contains("s.fail"))
        // Only between backticks is markup text.
        let outside = text.replacing(/`[^`]*`/, with: "")
        #expect(!outside.contains("<script>"))
    }

    @Test func `A folder that cannot be written is an error that names it`() throws {
        #expect(throws: ReportFolderError.self) { try ReportFolder(path: "/proc/no/such").write(Self.results) }
        #expect(throws: ReportFolderError.self) { try ReportFolder(path: "/dev/full").write(Self.results) }
    }

    @Test func `Four files are written, whole`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try ReportFolder(path: folder).write(Self.results)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names == ["index.html", "junit.xml", "results.json", "summary.md"])
        let data = try #require(FileManager.default.contents(atPath: "\(folder)/results.json"))
        #expect(try ResultsFile.decode(data) == Self.results)
    }
}
