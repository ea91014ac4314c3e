import Foundation
import Outcome
import Testing

/// `crisol report`: what a file is, its content tells.
@Suite struct ReportCommandTests {
    private static let line =
        #"{"t":1764000000000.1,"connection":1,"stream":1,"path":"/runtime.v1.RuntimeService/Version","us":9,"executed":"yes","answer":0}"#

    @Test func `A ledger becomes a page beside it, and what is cut off is said`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("ledger", "\(Self.line)\n\(Self.line)\n{\"t\":17")
        let ending = try await CrisolProgram.run(["report", "\(folder.path)/ledger"])
        #expect(ending.code == 0, "\(ending.output)")
        #expect(ending.output.contains("ledger:3: the last line is cut off"), "\(ending.output)")
        let page = try String(contentsOfFile: "\(folder.path)/ledger.html", encoding: .utf8)
        #expect(page.contains("no rule interfered with 2 calls"))
    }

    @Test func `A ledger that comes through a pipe is read from its first line`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let pipe = "\(folder.path)/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        // More than what tells its kind.
        let lines = Data(String(repeating: Self.line + "\n", count: 4000).utf8)
        Thread.detachNewThread {
            let file = FileHandle(forWritingAtPath: pipe)
            try? file?.write(contentsOf: lines)
            try? file?.close()
        }
        let ending = try await CrisolProgram.run(["report", pipe, "--output", "\(folder.path)/x"])
        #expect(ending.code == 0, "\(ending.output)")
        let page = try String(contentsOfFile: "\(folder.path)/x", encoding: .utf8)
        #expect(page.contains("no rule interfered with 4000 calls"))
    }

    @Test func `What a ledger was rotated into is read with it, and several are put in order`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        func line(_ second: Int, decided: Bool) -> String {
            let decision = #","decisions":[{"rule":"r","key":"Version","n":1,"fault":"error"}]"#
            return Self.line.replacing("1764000000000.1", with: "17640000\(second)000.1")
                .replacing(#""answer":0}"#, with: #""answer":14\#(decided ? decision : "")}"#) + "\n"
        }
        try folder.write("l", line(30, decided: false) + line(31, decided: false))
        try folder.write("l.1", line(20, decided: true) + line(21, decided: false))
        try folder.write("l.2", line(10, decided: false))
        func page(_ files: [String]) async throws -> String {
            let words = ["report"] + files.map { "\(folder.path)/\($0)" } + ["--output", "\(folder.path)/x"]
            let ending = try await CrisolProgram.run(words)
            #expect(ending.code == 0, "\(ending.output)")
            return try String(contentsOfFile: "\(folder.path)/x", encoding: .utf8)
        }
        let whole = try await page(["l"])
        #expect(whole.contains("5 calls"))
        // As a shell orders `l*`.
        let given = try await page(["l", "l.1", "l.2"])
        for text in [whole, given] { #expect(text.contains("After the last one 3 calls"), "\(text)") }
    }

    @Test func `Lines that had to be left out are named, and the report is not called whole`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("ledger", "\(Self.line)\nnonsense\n\(Self.line)\n")
        let ending = try await CrisolProgram.run(["report", "\(folder.path)/ledger", "--output", "\(folder.path)/x"])
        #expect(ending.code == 3, "\(ending.output)")
        #expect(ending.output.contains("ledger:2: column 1"), "\(ending.output)")
        #expect(FileManager.default.fileExists(atPath: "\(folder.path)/x"))
    }

    @Test func `Results are drawn anew, and stay as they are`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let environment = Environment(run: "r", crisol: "0", command: [], startedAt: "now", runtime: "x 1")
        let result = CaseResult(id: "a.b", suite: "a", title: "T", level: .must, verdict: .pass)
        let data = try ResultsFile.encode(Results(environment: environment, cases: [result]))
        try folder.write("results.json", String(decoding: data, as: UTF8.self))
        let ending = try await CrisolProgram.run(["report", "\(folder.path)/results.json"])
        #expect(ending.code == 0, "\(ending.output)")
        #expect(ending.output.contains("crisol: PASS"), "\(ending.output)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names == ["index.html", "junit.xml", "results.json", "summary.md"])
        #expect(FileManager.default.contents(atPath: "\(folder.path)/results.json") == data)
    }

    @Test(
        "A file that is neither is refused, and what is written says what to name",
        arguments: ["", "<html>", #"{"a": 1}"#, "{\n\"schema\": \"other/1\"}"]
    )
    func neither(text: String) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("file", text)
        let ending = try await CrisolProgram.run(["report", "\(folder.path)/file"])
        #expect(ending.code == 2, "\(ending.output)")
        #expect(ending.output.contains("\(folder.path)/file"), "\(ending.output)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    }
}
