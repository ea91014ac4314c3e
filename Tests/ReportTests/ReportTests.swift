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

    @Test(
        "A run that ends badly without a broken case has an element that says so",
        arguments: [
            (false, true, "failure"), (true, false, "error"), (false, false, ""),
        ]
    )
    func wholeRun(incomplete: Bool, leaked: Bool, tag: String) throws {
        let results = Results(
            environment: Self.results.environment,
            cases: [CaseResult(id: "s.pass", suite: "s", title: "t", level: .must, verdict: .pass)],
            findings: [Finding(title: "found", text: "mount /run/x\nprocess 7")],
            incomplete: incomplete,
            leaked: leaked
        )
        let document = try XMLDocument(xmlString: JUnitReport().render(results))
        for name in ["failure", "error"] {
            let found = try document.nodes(forXPath: "//testsuite[@name='run']/testcase/\(name)")
            #expect(found.count == (name == tag ? 1 : 0))
            #expect(found.allSatisfy { $0.stringValue?.contains("mount /run/x") ?? false })
            let total = try document.nodes(forXPath: "/testsuites/@\(name)s").first?.stringValue
            #expect(total == (name == tag ? "1" : "0"))
        }
        let tests = try document.nodes(forXPath: "/testsuites/@tests").first?.stringValue
        #expect(tests == (tag.isEmpty ? "1" : "2"))
    }

    @Test func `A verdict of --fail-on is a failure, and stands among what is broken`() throws {
        func results(incomplete: Bool) -> Results {
            Results(
                environment: Self.results.environment,
                cases: [Verdict.pass, .unsupported, .deviation].map {
                    CaseResult(id: "s.\($0.rawValue)", suite: "s", title: "t", level: .may, verdict: $0)
                },
                incomplete: incomplete,
                failOn: [.unsupported]
            )
        }
        let document = try XMLDocument(xmlString: JUnitReport().render(results(incomplete: false)))
        func attribute(_ name: String) throws -> String? {
            try document.nodes(forXPath: "/testsuites/@\(name)").first?.stringValue
        }
        #expect(try attribute("failures") == "1")
        #expect(try attribute("skipped") == "0")
        #expect(try attribute("tests") == "3")
        let names = try document.nodes(forXPath: "//testcase[failure]/@name").map(\.stringValue)
        #expect(names == ["s.unsupported"])
        let page = try HTMLReport().render(results(incomplete: false))
        #expect(page.contains("<span class=\"verdict fail\">FAIL</span>"))
        #expect(page.contains("<article class=\"unsupported\" id=\"s.unsupported\""))
        #expect(page.contains("<a href=\"#s.unsupported\">"))
        #expect(MarkdownReport().render(results(incomplete: false)).hasPrefix("# FAIL"))
        // What the whole run lacks is told beside it.
        let both = try XMLDocument(xmlString: JUnitReport().render(results(incomplete: true)))
        #expect(try both.nodes(forXPath: "//testsuite[@name='run']/testcase[@name='error']/error").count == 1)
        #expect(try both.nodes(forXPath: "//failure").count == 1)
    }

    @Test func `White space, bars and backticks in a table are shown as they are`() {
        func row(_ expected: String) -> String? {
            var result = CaseResult(id: "s.a", suite: "s", title: "t", level: .must, verdict: .fail)
            let breach = Breach(path: "p", expected: expected, actual: "", position: "")
            result.failure = Failure(step: 1, action: "call", position: "", breaches: [breach])
            let results = Results(environment: Self.results.environment, cases: [result])
            return MarkdownReport().render(results).split(separator: "\n").first { $0.hasPrefix("| `p` |") }.map(
                String.init
            )
        }
        #expect(row("\"a  b\"") == "| `p` | `\"a  b\"` |  |")
        #expect(row(" a ") == "| `p` | `  a  ` |  |")
        #expect(row("a|b") == #"| `p` | `a\|b` |  |"#)
        #expect(row(#"a\|b"#) == #"| `p` | `a\\\|b` |  |"#)
        #expect(row("a`b") == "| `p` | ``a`b`` |  |")
        #expect(row("``") == "| `p` | ``` `` ``` |  |")
    }

    @Test func `The command is shown as a shell takes it`() throws {
        var results = Self.results
        results.environment.command = ["crisol", "run", "--case", "exec.*", "it's"]
        let words = #"crisol run --case 'exec.*' 'it'\''s'"#
        #expect(MarkdownReport().render(results).contains("`\(words)`"))
        let escaped = words.replacing("'", with: "&#39;")
        #expect(try HTMLReport().render(results).contains("<dd>\(escaped)</dd>"))
    }

    @Test func `Where nothing ran JUnit is not green`() throws {
        let results = Results(environment: Self.results.environment, cases: [])
        let document = try XMLDocument(xmlString: JUnitReport().render(results))
        #expect(try document.nodes(forXPath: "//error").count == 1)
        #expect(try document.nodes(forXPath: "/testsuites/@errors").first?.stringValue == "1")
    }

    @Test func `What decides beside the step that broke is told, and what the author asked to show`() throws {
        var results = Self.results
        results.cases[0].reason = "left behind: mount /run/netns/x"
        results.cases[0].recorded = ["step 2 message": "what the runtime said"]
        results.cases[1].recorded = ["step 1 code": "OK or not"]
        let markdown = MarkdownReport().render(results)
        #expect(markdown.contains("left behind: mount /run/netns/x"))
        #expect(markdown.contains("what the runtime said"))
        let page = try HTMLReport().render(results)
        #expect(page.contains("what the runtime said"))
        #expect(page.contains("OK or not"))
        #expect(JUnitReport().render(results).contains("what the runtime said"))
    }

    @Test func `A finding keeps its lines, and cannot end its block`() {
        var results = Self.results
        results.findings = [Finding(title: "left", text: "mount /a\n```\n# head")]
        let text = MarkdownReport().render(results)
        #expect(text.contains("\n    mount /a\n    ```\n    # head\n"))
    }

    @Test func `No report has characters that nobody can see`() throws {
        var results = Self.results
        results.environment.runtime = "x\u{1b}]0;t\u{7}\u{9b}1m\u{ffff}"
        for text in [try HTMLReport().render(results), MarkdownReport().render(results)] {
            #expect(text.unicodeScalars.allSatisfy { $0.value == 9 || $0.value == 10 || $0.value >= 32 })
            #expect(!text.unicodeScalars.contains { (0x7f..<0xa0).contains($0.value) || $0.value == 0xffff })
        }
    }

    @Test func `What is no file is written to and stays, and a link stays a link`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "crisol-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let pipe = folder.appending(path: "pipe").path
        try #require(mkfifo(pipe, 0o600) == 0)
        // Held open for both, so that nobody waits for the other end.
        let end = open(pipe, O_RDWR | O_NONBLOCK)
        defer { close(end) }
        try ReportFolder.write(Data("abc".utf8), to: pipe)
        var bytes = [UInt8](repeating: 0, count: 8)
        #expect(read(end, &bytes, 8) == 3)
        #expect(bytes.prefix(3).elementsEqual("abc".utf8))
        let (file, link) = (folder.appending(path: "file"), folder.appending(path: "link"))
        try Data("old".utf8).write(to: file)
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
        try ReportFolder.write(Data("new".utf8), to: link.path)
        #expect(try String(contentsOf: file, encoding: .utf8) == "new")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
        #expect(throws: ReportFolderError.self) { try ReportFolder.write(Data(), to: folder.path) }
        #expect(throws: ReportFolderError.self) { try ReportFolder.write(Data([1]), to: "/dev/full") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["file", "link", "pipe"])
    }

    @Test(
        "The folder of a path is found, also of a name of one character",
        arguments: [("o", ""), ("", ""), ("a/b", "a"), ("/a", "/"), ("/", "/"), ("a/b/", "a/b"), ("/a/b.json", "/a")]
    )
    func folder(path: String, folder: String) { #expect(ReportFolder.folder(of: path) == folder) }

    @Test func `A folder that cannot be written is an error that names it`() throws {
        #expect(throws: ReportFolderError.self) { try ReportFolder(path: "/proc/no/such").write(Self.results) }
        #expect(throws: ReportFolderError.self) { try ReportFolder(path: "/dev/full").write(Self.results) }
    }

    @Test func `Whether a folder can be written is found out without leaving anything`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for path in [folder, "\(folder)/a/b/", "\(folder)/a/../b"] { try ReportFolder(path: path).check() }
        try ReportFolder(path: "\(folder)/a").check(beside: "\(folder)/a/profile.yaml")
        for path in ["", "/proc/no/such", "/dev/full", "/dev/full/x"] {
            #expect(throws: ReportFolderError.self, "\(path)") { try ReportFolder(path: path).check() }
        }
        let missing = #expect(throws: ReportFolderError.self) {
            try ReportFolder(path: "\(folder)/a").check(beside: "\(folder)/no/profile.yaml")
        }
        #expect(missing?.description == "\(folder)/no/profile.yaml: its folder is not there")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
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
